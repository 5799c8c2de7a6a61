//! Builds the console's page from `web/` into `$OUT_DIR/web`, where the binary embeds it.
//!
//! Needs Node and npm, and network access the first time. `ROLLCALL_WEB=skip` builds without the page.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

const PLACEHOLDER: &str = "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Rollcall</title>\n\
<h1>Rollcall</h1>\n<p>This binary was built without the console. SCIM and the command line work; \
build with Node 20 and npm installed to get this page.</p>\n</html>\n";

fn main() -> ExitCode {
    println!("cargo:rerun-if-env-changed=ROLLCALL_WEB");
    let root = PathBuf::from(variable("CARGO_MANIFEST_DIR")).join("../..");
    let web = root.join("web");
    let out = PathBuf::from(variable("OUT_DIR")).join("web");
    for name in ["package.json", "package-lock.json", "index.html", "vite.config.ts", "svelte.config.js"] {
        println!("cargo:rerun-if-changed={}", web.join(name).display());
    }
    for name in ["tsconfig.json", "src", "public", "help"] {
        let path = web.join(name);
        if path.exists() {
            println!("cargo:rerun-if-changed={}", path.display());
        }
    }
    let result = if env::var_os("ROLLCALL_WEB").is_some_and(|value| value == "skip") {
        placeholder(&out)
    } else if !web.join("package.json").exists() {
        println!("cargo:warning=there is no web/package.json: the binary carries a placeholder page");
        placeholder(&out)
    } else if !has_npm() {
        if variable("PROFILE") == "release" {
            Err("npm was not found, and the console's page needs it. Install Node 20 or newer with npm, or build \
                 without the page: ROLLCALL_WEB=skip cargo build --release"
                .to_owned())
        } else {
            println!("cargo:warning=npm was not found: the binary carries a placeholder page");
            placeholder(&out)
        }
    } else {
        build(&web, &out)
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("\nthe console's page could not be built: {message}\n");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "cargo speaks to build scripts through the environment")]
fn variable(name: &str) -> String {
    env::var(name).expect("cargo sets this for build scripts")
}

fn placeholder(out: &Path) -> Result<(), String> {
    let written = fs::remove_dir_all(out)
        .or_else(|error| if error.kind() == std::io::ErrorKind::NotFound { Ok(()) } else { Err(error) })
        .and_then(|()| fs::create_dir_all(out))
        .and_then(|()| fs::write(out.join("index.html"), PLACEHOLDER));
    written.map_err(|error| format!("{} cannot be written: {error}", out.display()))
}

fn has_npm() -> bool {
    Command::new("npm").arg("--version").output().is_ok_and(|output| output.status.success())
}

fn build(web: &Path, out: &Path) -> Result<(), String> {
    if !is_installed(web) {
        npm(web, &["ci", "--no-audit", "--no-fund"])?;
    }
    let target = out.to_str().ok_or("the target folder's path is not UTF-8")?;
    npm(web, &["run", "build", "--", "--outDir", target, "--emptyOutDir"])?;
    if out.join("index.html").exists() {
        Ok(())
    } else {
        Err(format!("`npm run build` left no index.html in {target}"))
    }
}

/// Did npm install what the lock file asks for? It writes its own copy of the lock when it is done.
fn is_installed(web: &Path) -> bool {
    let changed = |path: PathBuf| fs::metadata(path).and_then(|file| file.modified());
    match (changed(web.join("package-lock.json")), changed(web.join("node_modules/.package-lock.json"))) {
        (Ok(lock), Ok(installed)) => installed >= lock,
        _ => false,
    }
}

fn npm(web: &Path, arguments: &[&str]) -> Result<(), String> {
    let shown = arguments.join(" ");
    let output = Command::new("npm")
        .args(arguments)
        .current_dir(web)
        .output()
        .map_err(|error| format!("npm cannot be started: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let text = [output.stdout, output.stderr].concat();
    Err(format!("`npm {shown}` failed in {}:\n{}", web.display(), String::from_utf8_lossy(&text)))
}
