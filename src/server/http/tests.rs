//! Speaks to a listener over real sockets, as clients good and bad do.

use super::*;

use std::time::Instant;

use rcgen::{CertificateParams, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Echoes what it was asked; some paths misbehave.
struct Echo;

/// Pieces made so far of the long stream, which one test asks for.
static MADE_LONG: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);

/// A body of so many pieces, each 64 KiB of the letter `a`, and what comes after them.
struct Pieces(usize, After);

#[derive(Clone, Copy)]
enum After {
    End,
    Long,
    Broken,
    Panic,
    Nothing,
}

impl Source for Pieces {
    async fn next(&mut self) -> Result<Option<Bytes>, Broken> {
        if self.0 > 0 {
            self.0 -= 1;
            if matches!(self.1, After::Long) {
                MADE_LONG.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            }
            return Ok(Some(Bytes::from(vec![b'a'; 64 * 1024])));
        }
        match self.1 {
            After::End | After::Long => Ok(None),
            After::Broken => Err(Broken),
            After::Panic => panic!("as asked"),
            After::Nothing => std::future::pending().await,
        }
    }
}

impl Site for Echo {
    async fn answer(self: &Arc<Self>, request: Request<Bytes>, _: Peer) -> Response<Body> {
        let stream = |pieces, after| Response::new(Body::stream(Pieces(pieces, after)));
        match request.uri().path() {
            "/stream" => return stream(4, After::End),
            "/stream/long" => return stream(1_000, After::Long),
            "/stream/broken" => return stream(4, After::Broken),
            "/stream/panic" => return stream(4, After::Panic),
            "/stream/stuck" => return stream(4, After::Nothing),
            "/panic" => panic!("as asked"),
            "/slow" => tokio::time::sleep(Duration::from_millis(300)).await,
            "/empty" => {
                let mut response = Response::new(Body::from(Bytes::new()));
                *response.status_mut() = StatusCode::NOT_FOUND;
                response.headers_mut().insert("x-kept", "1".parse().unwrap());
                return response;
            }
            "/gone" => {
                let mut response = Response::new(Body::from(Bytes::new()));
                *response.status_mut() = StatusCode::NO_CONTENT;
                return response;
            }
            _ => {}
        }
        let body = String::from_utf8_lossy(request.body());
        let echo = format!("[{} {} {body}]", request.method(), request.uri());
        Response::new(Bytes::from(echo).into())
    }

    fn refuse(&self, status: StatusCode, detail: &str) -> Response<Bytes> {
        let mut response = Response::new(Bytes::from(format!("<<{}: {detail}>>", status.as_u16())));
        *response.status_mut() = status;
        response.headers_mut().insert("content-type", "application/scim+json".parse().unwrap());
        response
    }
}

struct Running {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
    folder: tempfile::TempDir,
    /// Of a TLS listener.
    address: Option<SocketAddr>,
    ca: Option<CertificateDer<'static>>,
}

impl Running {
    fn local(limits: Limits) -> Running {
        let folder = tempfile::tempdir().unwrap();
        let door = Door::Local(UnixListener::bind(folder.path().join("s")).unwrap());
        let (stop, signal) = stop_signal();
        let task = tokio::spawn(Listener::new(door, Arc::new(Echo), limits).run(signal));
        Running { stop, task, folder, address: None, ca: None }
    }

    async fn tls(limits: Limits) -> Running {
        let folder = tempfile::tempdir().unwrap();
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let private = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], private)
            .unwrap();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = tcp.local_addr().unwrap();
        let door = Door::Tls(tcp, Arc::new(arc_swap::ArcSwap::from_pointee(config)));
        let (stop, signal) = stop_signal();
        let task = tokio::spawn(Listener::new(door, Arc::new(Echo), limits).run(signal));
        Running { stop, task, folder, address: Some(address), ca: Some(certificate.der().clone()) }
    }

    async fn connect(&self) -> UnixStream {
        UnixStream::connect(self.folder.path().join("s")).await.unwrap()
    }

    async fn connect_tls(&self, alpn: &[u8]) -> tokio_rustls::client::TlsStream<TcpStream> {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(self.ca.clone().unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![alpn.to_vec()];
        let tcp = TcpStream::connect(self.address.unwrap()).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, tcp).await.unwrap()
    }

    /// Sends `pieces` one by one and returns all that comes until the server closes.
    async fn tell(&self, pieces: &[&[u8]]) -> String {
        talk(self.connect().await, pieces).await
    }
}

async fn talk<IO: AsyncRead + AsyncWrite + Unpin>(mut stream: IO, pieces: &[&[u8]]) -> String {
    for piece in pieces {
        stream.write_all(piece).await.unwrap();
        stream.flush().await.unwrap();
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let mut answer = Vec::new();
    tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut answer)).await.unwrap().unwrap();
    String::from_utf8(answer).unwrap()
}

fn small() -> Limits {
    Limits {
        head: Duration::from_millis(200),
        idle: Duration::from_millis(400),
        body_grace: Duration::from_millis(200),
        answer: Duration::from_secs(2),
        drain: Duration::from_secs(1),
        ..Limits::default()
    }
}

#[track_caller]
fn is_refusal(answer: &str, status: &str, detail: &str) {
    assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    assert!(answer.contains("content-type: application/scim+json"), "{answer}");
    assert!(answer.contains(&format!("<<{status}: ")) && answer.contains(detail), "{answer}");
}

#[tokio::test]
async fn raw_quotes_and_brackets_in_a_request_line_arrive_encoded() {
    let server = Running::local(small());
    let whole: &[u8] =
        b"GET /U?f=a+eq+\"x\"&<> HTTP/1.1\r\nhost: a\r\nx: \"<>\"\r\nconnection: close\r\n\r\n";
    let expected = "[GET /U?f=a+eq+%22x%22&%3C%3E ]";
    assert!(server.tell(&[whole]).await.ends_with(expected));
    for cut in [1, 10, 16, 17, 20, 40] {
        assert!(server.tell(&[&whole[..cut], &whole[cut..]]).await.ends_with(expected), "cut at {cut}");
    }
}

#[tokio::test]
async fn pipelined_requests_are_each_repaired_and_bodies_left_alone() {
    let server = Running::local(small());
    let answer = server
        .tell(&[b"POST /1\" HTTP/1.1\r\nhost: a\r\ncontent-length: 8\r\n\r\n{\"a\":\"\"}GET /2\" HTTP/1.1\r\nhost: a\r\n\r\nPOST /3 HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n3\r\n\"<>\r\n0\r\n\r\nGET /4?\" HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"])
        .await;
    let bodies: Vec<&str> = answer.split('[').skip(1).map(|part| &part[..part.rfind(']').unwrap()]).collect();
    assert_eq!(bodies, ["POST /1%22 {\"a\":\"\"}", "GET /2%22 ", "POST /3 \"<>", "GET /4?%22 "]);
}

#[tokio::test]
async fn a_line_that_grows_beyond_the_read_buffer_is_repaired() {
    let server = Running::local(small());
    let text = format!("GET /{} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n", "\"".repeat(5000));
    let answer = server.tell(&[text.as_bytes()]).await;
    assert!(answer.ends_with(&format!("[GET /{} ]", "%22".repeat(5000))));
}

#[tokio::test]
async fn what_hyper_refuses_by_itself_has_a_rendered_body() {
    let server = Running::local(small());
    is_refusal(&server.tell(&[b"G@T / HTTP/1.1\r\n\r\n"]).await, "400", "malformed");
    is_refusal(&server.tell(&[b"GET / HTTP/1.1\r\nbad header\r\n\r\n"]).await, "400", "malformed");
    is_refusal(&server.tell(&[b"GET / HTTP/9.1\r\n\r\n"]).await, "400", "malformed");
    is_refusal(&server.tell(&[b"GET / x HTTP/1.1\r\n\r\n"]).await, "400", "malformed");
    is_refusal(&server.tell(&[b"GET / HTTP/1.1\r\n\r\n"]).await, "400", "one Host header");
    is_refusal(
        &server.tell(&[b"GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n"]).await,
        "400",
        "one Host header",
    );
    is_refusal(&server.tell(&[b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"]).await, "505", "ALPN");
}

#[tokio::test]
async fn header_bombs_get_431_and_long_lines_414() {
    let server = Running::local(small());
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(101));
    is_refusal(&server.tell(&[many.as_bytes()]).await, "431", "100 header lines");
    let large = format!("GET / HTTP/1.1\r\na: {}\r\n\r\n", "b".repeat(40_000));
    is_refusal(&server.tell(&[large.as_bytes()]).await, "431", "32 KiB");
    let endless = format!("GET / HTTP/1.1\r\na: {}", "b".repeat(400_000));
    is_refusal(&server.tell(&[endless.as_bytes()]).await, "431", "32 KiB");
    let long = format!("GET /{} HTTP/1.1\r\n\r\n", "b".repeat(40_000));
    is_refusal(&server.tell(&[long.as_bytes()]).await, "414", "16 KiB");
}

#[tokio::test]
async fn a_refusal_names_the_limits_that_are_set() {
    let limits = Limits { line_bytes: 1000, head_bytes: 8 * 1024, headers: 7, ..small() };
    let server = Running::local(limits);
    let long = format!("GET /{} HTTP/1.1\r\n\r\n", "b".repeat(2_000));
    is_refusal(&server.tell(&[long.as_bytes()]).await, "414", "1000 bytes");
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(8));
    is_refusal(
        &server.tell(&[many.as_bytes()]).await,
        "431",
        "8 KiB (8192 bytes) or has more than 7 header lines",
    );
}

#[tokio::test]
async fn a_refused_request_behind_a_good_one_is_answered_after_it() {
    let server = Running::local(small());
    let answer = server.tell(&[b"GET /ok HTTP/1.1\r\nhost: a\r\n\r\nG@T / HTTP/1.1\r\n\r\n"]).await;
    let (first, second) = answer.split_once(']').unwrap();
    assert!(first.ends_with("[GET /ok "), "{answer}");
    is_refusal(second, "400", "malformed");
}

#[tokio::test]
async fn both_framings_together_are_refused_and_nothing_is_smuggled() {
    let server = Running::local(small());
    for head in
        ["content-length: 4\r\ntransfer-encoding: chunked", "transfer-encoding: chunked\r\ncontent-length: 4"]
    {
        let text = format!("POST / HTTP/1.1\r\n{head}\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n");
        let answer = server.tell(&[text.as_bytes()]).await;
        is_refusal(&answer, "400", "exclude each other");
        assert!(!answer.contains("smuggled"));
    }
    let gzip = b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip, chunked\r\n\r\n";
    is_refusal(&server.tell(&[gzip]).await, "501", "chunked");
}

#[tokio::test]
async fn a_body_over_the_cap_is_refused_unread_and_the_answer_arrives() {
    let server = Running::tls(small()).await;
    let head = b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 20000000\r\n\r\n";
    let body = vec![b'x'; 20_000_000];
    let stream = server.connect_tls(b"http/1.1").await;
    // all of it is sent before the answer is read, as simple clients do
    is_refusal(&talk(stream, &[head, &body]).await, "413", "8 MiB (8388608 bytes)");
    let chunk = [b"800000\r\n".as_slice(), &vec![b'x'; 0x0080_0000], b"\r\n"].concat();
    let chunked = b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n";
    let stream = server.connect_tls(b"http/1.1").await;
    is_refusal(&talk(stream, &[chunked, &chunk, b"1\r\nx\r\n"]).await, "413", "8 MiB");
}

#[tokio::test]
async fn slow_heads_and_slow_bodies_get_408() {
    let server = Running::local(small());
    is_refusal(&server.tell(&[b"GET / HTTP/1.1\r\nhos"]).await, "408", "head");
    is_refusal(&server.tell(&[b"GET / HTTP/1.1\r\nhost: a\r\n\r"]).await, "408", "head");
    is_refusal(
        &server.tell(&[b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\nabc"]).await,
        "408",
        "body",
    );
}

#[tokio::test]
async fn a_silent_connection_is_closed_without_a_word() {
    let server = Running::local(small());
    let started = Instant::now();
    assert_eq!(server.tell(&[]).await, "");
    assert!(started.elapsed() >= Duration::from_millis(390));
    // the silence after an answer is counted anew, and a slow handler is not silence
    let answer = server.tell(&[b"GET /slow HTTP/1.1\r\nhost: a\r\n\r\n"]).await;
    assert!(answer.ends_with("[GET /slow ]"), "{answer}");
    assert!(started.elapsed() >= Duration::from_millis(390 + 300 + 390));
}

#[tokio::test]
async fn a_panic_is_a_500_and_the_connection_lives() {
    let server = Running::local(small());
    let answer = server.tell(&[b"GET /panic HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"]).await;
    is_refusal(&answer, "500", "failed");
    assert!(
        server
            .tell(&[b"GET /x HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"])
            .await
            .ends_with("[GET /x ]")
    );
}

#[tokio::test]
async fn an_error_without_a_body_gets_one_and_keeps_its_headers() {
    let server = Running::local(small());
    let answer = server.tell(&[b"GET /empty HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"]).await;
    is_refusal(&answer, "404", "Not Found");
    assert!(answer.contains("x-kept: 1"));
    let answer = server.tell(&[b"GET /gone HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"]).await;
    assert!(answer.starts_with("HTTP/1.1 204 ") && answer.ends_with("\r\n\r\n"), "{answer}");
    let answer = server.tell(&[b"HEAD /empty HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"]).await;
    assert!(answer.starts_with("HTTP/1.1 404 ") && answer.ends_with("\r\n\r\n"), "{answer}");
    assert!(answer.contains("content-length: 18\r\n"), "{answer}");
}

#[tokio::test]
async fn plain_http_on_the_tls_port_is_told_to_use_https() {
    let server = Running::tls(small()).await;
    let stream = TcpStream::connect(server.address.unwrap()).await.unwrap();
    is_refusal(&talk(stream, &[b"GET / HTTP/1.1\r\nhost: a\r\n\r\n"]).await, "400", "https://");
}

#[tokio::test]
async fn a_stop_lets_the_running_request_end() {
    let server = Running::local(small());
    let mut stream = server.connect().await;
    stream.write_all(b"GET /slow HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    let idle = server.connect().await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    server.stop.send(true).unwrap();
    assert!(talk(stream, &[]).await.ends_with("[GET /slow ]"));
    drop(idle);
    tokio::time::timeout(Duration::from_secs(3), server.task).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_stream_is_sent_in_chunks_and_ends_as_such() {
    let server = Running::local(small());
    let answer = server.tell(&[b"GET /stream HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"]).await;
    assert!(answer.contains("transfer-encoding: chunked\r\n"), "{}", &answer[..200]);
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    assert_eq!(body.matches(&"a".repeat(64 * 1024)).count(), 4);
    assert!(answer.ends_with("\r\n0\r\n\r\n"));
}

#[tokio::test]
async fn a_stream_that_breaks_never_looks_complete() {
    let server = Running::local(Limits { answer: Duration::from_millis(200), ..small() });
    for path in ["broken", "panic", "stuck"] {
        let request = format!("GET /stream/{path} HTTP/1.1\r\nhost: a\r\n\r\n");
        let answer = server.tell(&[request.as_bytes()]).await;
        // hyper may throw away what it has not written yet: less than all of it is what counts
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 200 "), "{path}");
        assert!(!answer.ends_with("0\r\n\r\n"), "{path}");
    }
}

#[tokio::test]
async fn head_of_a_stream_makes_none_of_it() {
    let server = Running::local(small());
    let answer = server.tell(&[b"HEAD /stream HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"]).await;
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("\r\n\r\n"), "{answer}");
    assert!(!answer.contains("content-length"), "{answer}");
}

#[tokio::test]
async fn a_reader_that_stops_stops_the_making_and_is_cut() {
    let server = Running::local(Limits { write_stall: Duration::from_millis(300), ..small() });
    let made = || MADE_LONG.load(std::sync::atomic::Ordering::SeqCst);
    let before = made();
    let mut stream = server.connect().await;
    stream.write_all(b"GET /stream/long HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    tokio::time::sleep(Duration::from_millis(600)).await;
    // what the socket and hyper hold, and no more
    assert!((1..100).contains(&(made() - before)), "{}", made() - before);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    assert!(!answer.ends_with(b"0\r\n\r\n") && answer.len() < 100 * 64 * 1024);
}

mod h2 {
    use super::*;
    use http_body_util::{BodyExt, Full};
    use hyper::client::conn::http2::{SendRequest, handshake};
    use hyper_util::rt::{TokioExecutor, TokioIo};

    async fn client(server: &Running) -> SendRequest<Full<Bytes>> {
        let stream = server.connect_tls(b"h2").await;
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"h2".as_slice()));
        let (sender, connection) = handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        sender
    }

    async fn ask(sender: &mut SendRequest<Full<Bytes>>, request: Request<Full<Bytes>>) -> (u16, String) {
        let response = sender.send_request(request).await.unwrap();
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    fn get(path: &str) -> http::request::Builder {
        Request::get(format!("https://localhost{path}"))
    }

    #[tokio::test]
    async fn the_same_refusals_have_bodies() {
        let server = Running::tls(small()).await;
        let mut sender = client(&server).await;
        let empty = Full::new(Bytes::new());
        assert_eq!(
            ask(&mut sender, get("/x?q=1").body(empty.clone()).unwrap()).await,
            (200, "[GET https://localhost/x?q=1 ]".to_owned())
        );
        let head = Request::head("https://localhost/x").body(empty.clone()).unwrap();
        assert_eq!(ask(&mut sender, head).await, (200, String::new()));
        let (status, body) = ask(&mut sender, get("/panic").body(empty.clone()).unwrap()).await;
        assert!(status == 500 && body.contains("<<500"), "{body}");
        let large = get("/").header("a", "b".repeat(33 * 1024)).body(empty.clone()).unwrap();
        let (status, body) = ask(&mut sender, large).await;
        assert!(status == 431 && body.contains("<<431"), "{status} {body}");
        let long = get(&format!("/{}", "b".repeat(17 * 1024))).body(empty).unwrap();
        let (status, body) = ask(&mut sender, long).await;
        assert!(status == 414 && body.contains("<<414"), "{status} {body}");
        let body = Full::new(Bytes::from(vec![b'x'; 9 * 1024 * 1024]));
        let post = Request::post("https://localhost/").body(body).unwrap();
        let (status, body) = ask(&mut sender, post).await;
        assert!(status == 413 && body.contains("8 MiB"), "{status} {body}");
    }

    #[tokio::test]
    async fn a_stream_arrives_whole_or_is_reset() {
        let server = Running::tls(small()).await;
        let mut sender = client(&server).await;
        let empty = Full::new(Bytes::new());
        let (status, body) = ask(&mut sender, get("/stream").body(empty.clone()).unwrap()).await;
        assert_eq!((status, body.len()), (200, 4 * 64 * 1024));
        let head = Request::head("https://localhost/stream").body(empty.clone()).unwrap();
        assert_eq!(ask(&mut sender, head).await, (200, String::new()));
        for path in ["/stream/broken", "/stream/panic"] {
            // the reset can overtake the head
            if let Ok(response) = sender.send_request(get(path).body(empty.clone()).unwrap()).await {
                assert!(response.into_body().collect().await.is_err(), "{path}");
            }
        }
        assert_eq!(ask(&mut sender, get("/x").body(empty).unwrap()).await.0, 200);
    }

    #[tokio::test]
    async fn short_requests_now_and_then_keep_a_connection_open() {
        let server = Running::tls(small()).await;
        let mut sender = client(&server).await;
        for _ in 0..18 {
            let request = get("/").body(Full::new(Bytes::new())).unwrap();
            assert_eq!(ask(&mut sender, request).await.0, 200);
            tokio::time::sleep(Duration::from_millis(70)).await;
        }
        assert!(!sender.is_closed());
    }

    #[tokio::test]
    async fn a_silent_connection_is_closed() {
        let server = Running::tls(small()).await;
        let mut sender = client(&server).await;
        ask(&mut sender, get("/").body(Full::new(Bytes::new())).unwrap()).await;
        tokio::time::sleep(Duration::from_millis(900)).await;
        assert!(sender.is_closed());
    }
}
