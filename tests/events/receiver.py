"""Receivers of events: one that is posted to and misbehaves in every way a receiver can, and one that polls."""

import base64
import collections
import hashlib
import hmac
import http.server
import json
import random
import socketserver
import threading
import time


def decoded(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


class Ledger:
    """What a receiver has kept, in the order it got it. It survives the receiver's restarts, as a database would."""

    def __init__(self, name):
        self.name, self.lock = name, threading.Lock()
        self.first, self.order = {}, collections.defaultdict(list)
        self.received, self.repeated, self.faults = 0, 0, []

    def keep(self, jti, uri, kind, version, content):
        with self.lock:
            self.received += 1
            digest = hashlib.sha256(content.encode()).digest()
            if jti in self.first:
                self.repeated += 1
                if self.first[jti] != digest:
                    self.faults.append(f"{jti} came twice with different content")
                return
            self.first[jti] = digest
            self.order[uri].append((kind, version))

    def keep_token(self, token, verify):
        header, claims, _ = token.split(".")
        verify(token)
        head, claims = json.loads(decoded(header)), json.loads(decoded(claims))
        if head.get("typ") != "secevent+jwt" or "sub" in claims or "exp" in claims:
            self.faults.append(f"this is no token of RFC 9967: {head} {claims}")
        for uri, payload in claims["events"].items():
            # the issuer is the server's address, whose port is another after each start of this test
            content = json.dumps({name: value for name, value in claims.items() if name != "iss"})
            self.keep(claims["jti"], claims["sub_id"]["uri"], uri, payload.get("version"), content)


class Poster(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """A receiver on a port of its own that fails, dawdles and vanishes while `chaos` is set."""

    daemon_threads, allow_reuse_address, request_queue_size = True, True, 256

    def handle_error(self, request, client_address):
        pass  # connections break here by design


class Restarting:
    """Runs a receiver, and now and then stops it for a while."""

    def __init__(self, handler, seed):
        self.handler, self.random, self.chaos = handler, random.Random(seed), True
        self.server, self.restarts = None, 0
        self.open(0)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.restart_for_ever, daemon=True).start()

    def open(self, port):
        self.server = Poster(("127.0.0.1", port), self.handler)
        self.server.owner = self
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def restart_for_ever(self):
        while True:
            time.sleep(self.random.uniform(0.5, 2.5))
            if not self.chaos:
                continue
            self.server.shutdown()
            self.server.server_close()
            time.sleep(self.random.uniform(0.2, 1))
            self.open(self.port)
            self.restarts += 1


def handler_of(keep, seed):
    """A handler that keeps what it is posted, if it is in the mood."""
    dice = random.Random(seed)

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            mood = dice.random() if self.server.owner.chaos else 1
            if mood < 0.01:
                return self.answer(503, {"Retry-After": "0"})
            if mood < 0.015:
                return self.answer(400, {}, json.dumps({"err": "invalid_request", "description": "a bad day"}))
            if mood < 0.02:
                self.close_connection = True  # gone without having kept it
                return None
            if mood < 0.05:
                time.sleep(dice.uniform(0, 0.2))
            keep(self.headers, body)
            if mood > 0.995 and self.server.owner.chaos:
                self.close_connection = True  # kept, and gone before saying so
                return None
            return self.answer(202, {})

        def answer(self, status, headers, body=""):
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_):
            pass

    return Handler


def webhook_keeper(ledger, secret):
    """Keeps webhooks whose signature is right."""
    key = base64.b64decode(secret()[len("whsec_") :])

    def keep(headers, body):
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body}".encode()
        expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        if headers["webhook-signature"] != expected:
            ledger.faults.append(f"a webhook is signed wrong: {body}")
        told = json.loads(body)
        data = told["data"]
        ledger.keep(headers["webhook-id"], data["sub_id"]["uri"], told["type"], data.get("version"), json.dumps(data))

    return keep


class Poller(threading.Thread):
    """Polls, keeps, and acknowledges in the next poll; forgets to, or vanishes for a while, now and then."""

    def __init__(self, ledger, connect, stream, secret, verify, seed):
        super().__init__(daemon=True)
        self.ledger, self.connect, self.stream, self.secret = ledger, connect, stream, secret
        self.verify, self.random, self.chaos, self.done = verify, random.Random(seed), True, threading.Event()

    def run(self):
        client, ack = None, []
        while not self.done.is_set():
            try:
                client = client or self.connect(self.secret)
                poll = {"maxEvents": self.random.choice([1, 20, 200]), "returnImmediately": True, "ack": ack}
                answer = client.send("POST", f"/.events/{self.stream}", poll)
                if answer.status != 200:
                    self.ledger.faults.append(f"a poll was answered {answer}")
                    return
                sets = answer.json["sets"]
                for token in sets.values():
                    self.ledger.keep_token(token, self.verify)
                ack = list(sets)
                if self.chaos and self.random.random() < 0.05:
                    ack = ack[: len(ack) // 2]  # the other half was lost on its way to the database
                if not sets:
                    time.sleep(0.05)
            except Exception:  # the server was killed
                client = None
                time.sleep(0.1)
