//! A compiler for wasm: the installed one, or else one that is installed now.
//!
//! Three ways are tried in turn: the target `wasm32-unknown-unknown` if it is installed, `rustup target
//! add`, and Debian's packages for building browsers, unpacked under `target/` without being
//! installed. Where none works, the tests that need it fail and say what to do.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// What modules are compiled for.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// The target whose standard library uses WASI 0.2.
pub const WASIP2: &str = "wasm32-wasip2";

/// Rust for wasm, its standard library's source, and a linker, of one version.
const PACKAGES: [&str; 8] = [
    "libllvm22",
    "libstd-rust-web-1.96",
    "libstd-rust-web-dev",
    "libz3-4",
    "lld-22",
    "llvm-22",
    "rust-web-src",
    "rustc-web",
];

/// `rustup` repeats its attempts if it reaches no server.
const RUSTUP_TIMEOUT: Duration = Duration::from_secs(60);

/// How to call cargo so that it compiles for [`TARGET`].
pub struct Toolchain {
    /// Where the packages lie, if it is made of them.
    unpacked: Option<PathBuf>,
}

/// Returns the toolchain. The first call finds or installs it, and reports on stderr which one it is.
pub fn toolchain() -> &'static Toolchain {
    static FOUND: OnceLock<Toolchain> = OnceLock::new();
    FOUND.get_or_init(|| {
        // Other test programs look for it too: one installs it, and the others find it.
        let _lock = lock("wasm-toolchain");
        find().unwrap_or_else(|reasons| {
            panic!(
                "no compiler for wasm:\n{reasons}\n\
                 help: run `rustup target add {TARGET}` where the network allows it"
            )
        })
    })
}

/// Installs the target [`WASIP2`] with rustup if it isn't installed. Returns false, and says so on stderr, if that is impossible:
/// Debian's packages don't contain this target.
///
/// # Panics
///
/// If it is impossible and the environment has `CI`: nothing may be left out there.
pub fn wasip2_is_installed() -> bool {
    let _lock = lock("wasm-toolchain");
    if is_installed(WASIP2) || add_target(WASIP2).is_ok() {
        return true;
    }
    assert!(
        std::env::var_os("CI").is_none(),
        "run `rustup target add {WASIP2}`"
    );
    eprintln!("not tested: the target {WASIP2} can't be installed here");
    false
}

/// Locks out other test programs, until the returned file is dropped.
pub fn lock(name: &str) -> File {
    let path = target_dir().join(format!("{name}.lock"));
    let file = File::create(&path).unwrap();
    file.lock().unwrap();
    file
}

/// Returns cargo's target directory: the one that the running program was built in.
pub fn target_dir() -> &'static Path {
    static FOUND: OnceLock<PathBuf> = OnceLock::new();
    FOUND.get_or_init(|| {
        let program = std::env::current_exe().expect("a test knows its own file");
        // `target/debug/deps/test`, with `--target` `target/TARGET/debug/deps/test`; cargo marks the first.
        program
            .ancestors()
            .find(|folder| folder.join(".rustc_info.json").exists())
            .unwrap_or_else(|| panic!("{} is in no target directory of cargo", program.display()))
            .to_owned()
    })
}

impl Toolchain {
    /// Returns a command that runs `cargo build` for [`TARGET`].
    pub fn cargo_build(&self) -> Command {
        self.cargo("build")
    }

    /// Returns a command that runs a subcommand of cargo for [`TARGET`]: `check`.
    pub fn cargo(&self, subcommand: &str) -> Command {
        let mut cargo = cargo();
        cargo.args([subcommand, "--target", TARGET]);
        if let Some(folder) = &self.unpacked {
            cargo
                .arg("-Zbuild-std=std,panic_abort")
                .env("RUSTC_BOOTSTRAP", "1")
                .env("RUSTC", folder.join("rustc"))
                .env(
                    "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER",
                    folder.join("wasm-ld"),
                );
        }
        cargo
    }
}

/// Builds `witgen` for tests of other packages, and returns its path.
///
/// # Panics
///
/// If it can't be built.
pub fn witgen() -> PathBuf {
    // With a test, cargo chooses the features of dependencies as for all tests, and compiles none of them again.
    let built = cargo()
        .args(["build", "--quiet", "--workspace", "--bin", "witgen"])
        .args(["--test", "import_cycles"])
        .env("CARGO_TARGET_DIR", target_dir())
        .current_dir(crate::root())
        .status();
    assert!(built.expect("cargo runs").success());
    let name = format!("witgen{}", std::env::consts::EXE_SUFFIX);
    target_dir().join("debug").join(name)
}

/// Returns a command that runs cargo without the settings of the build that this test belongs to.
///
/// That includes what cargo tells a test about its package: build scripts that read such a variable run again if it
/// changes, and all that depends on their crates is compiled again.
pub fn cargo() -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    let settings = ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_TARGET_DIR"];
    let of_package = [
        "CARGO_MANIFEST_",
        "CARGO_PKG_",
        "CARGO_PRIMARY_",
        "CARGO_BIN_",
    ];
    for (name, _) in std::env::vars_os() {
        let Some(text) = name.to_str() else { continue };
        if settings.contains(&text) || of_package.iter().any(|prefix| text.starts_with(prefix)) {
            cargo.env_remove(&name);
        }
    }
    cargo
}

fn find() -> Result<Toolchain, String> {
    let folder = target_dir().join("wasm-toolchain");
    let packages = || Toolchain {
        unpacked: Some(folder.clone()),
    };
    if is_installed(TARGET) {
        say(&format!("the installed target {TARGET}"));
        return Ok(Toolchain { unpacked: None });
    }
    if folder.exists() {
        say("Debian's packages, unpacked by an earlier run");
        return Ok(packages());
    }
    let no_target = match add_target(TARGET) {
        Ok(()) => {
            say(&format!("the target {TARGET}, just added by rustup"));
            return Ok(Toolchain { unpacked: None });
        }
        Err(reason) => reason,
    };
    match unpack(&folder) {
        Ok(()) => {
            say("Debian's packages, just unpacked");
            Ok(packages())
        }
        Err(no_packages) => Err(format!(
            "- the target {TARGET} isn't installed\n- {no_target}\n- {no_packages}"
        )),
    }
}

fn say(which: &str) {
    eprintln!("wasm toolchain: {which}");
}

fn is_installed(target: &str) -> bool {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let libraries = ["--print", "target-libdir", "--target", target];
    let output = Command::new(rustc).args(libraries).output();
    // It names the folder whether or not there is one.
    output.is_ok_and(|output| {
        let folder = String::from_utf8_lossy(&output.stdout);
        fs::read_dir(folder.trim()).is_ok_and(|mut files| files.next().is_some())
    })
}

fn add_target(target: &str) -> Result<(), String> {
    let mut rustup = Command::new("rustup")
        .args(["target", "add", target])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("rustup: {error}"))?;
    let begin = Instant::now();
    loop {
        match rustup.try_wait() {
            Ok(Some(status)) if status.success() && is_installed(target) => return Ok(()),
            Ok(Some(_)) => return Err(format!("`rustup target add {target}` failed")),
            Ok(None) if begin.elapsed() < RUSTUP_TIMEOUT => sleep(Duration::from_millis(100)),
            _ => {
                let _ = rustup.kill();
                let _ = rustup.wait();
                let seconds = RUSTUP_TIMEOUT.as_secs();
                return Err(format!("`rustup target add` took more than {seconds} s"));
            }
        }
    }
}

/// Downloads and unpacks the toolchain. The folder appears when it is complete.
fn unpack(folder: &Path) -> Result<(), String> {
    let temporary = unpacked(&PACKAGES)?;
    let toolchain = temporary.path().join("unpacked");
    let root = toolchain.join("root");
    let libraries = libraries(&root)?;
    for (name, program) in [
        ("rustc", "usr/bin/rustc"),
        ("wasm-ld", "usr/lib/llvm-22/bin/wasm-ld"),
    ] {
        if !root.join(program).exists() {
            return Err(format!("Debian's packages lack {program}"));
        }
        // The libraries are for these two alone; cargo has its own.
        let root = folder.join("root");
        let script = format!(
            "#!/bin/sh\nLD_LIBRARY_PATH='{}' exec '{}' \"$@\"\n",
            root.join(&libraries).display(),
            root.join(program).display(),
        );
        write_script(&toolchain.join(name), &script).map_err(|error| error.to_string())?;
    }
    fs::rename(&toolchain, folder).map_err(|error| error.to_string())
}

/// `usr/lib/x86_64-linux-gnu`, or whatever it is called on this machine.
fn libraries(root: &Path) -> Result<PathBuf, String> {
    let folders = fs::read_dir(root.join("usr/lib")).map_err(|error| error.to_string())?;
    folders
        .flatten()
        .map(|folder| folder.file_name())
        .find(|name| name.to_string_lossy().ends_with("-linux-gnu"))
        .map(|name| Path::new("usr/lib").join(name))
        .ok_or("Debian's packages have no libraries for this machine".to_owned())
}

/// Downloads Debian's packages and unpacks them into the folder `unpacked/root` of a temporary one.
pub fn unpacked(packages: &[&str]) -> Result<TempDir, String> {
    let temporary = tempfile::Builder::new()
        .prefix("unpacking-")
        .tempdir_in(target_dir())
        .map_err(|error| format!("no folder for packages: {error}"))?;
    // Not in the folder that stays: it may be hundreds of megabytes.
    let downloads = temporary.path().join("downloads");
    let root = temporary.path().join("unpacked/root");
    fs::create_dir_all(&downloads).map_err(|error| error.to_string())?;
    fs::create_dir_all(&root).map_err(|error| error.to_string())?;
    download(packages, &downloads)?;
    let archives = fs::read_dir(&downloads).map_err(|error| error.to_string())?;
    for archive in archives.flatten() {
        let mut unpack = Command::new("dpkg-deb");
        run(unpack.arg("-x").arg(archive.path()).arg(&root))?;
    }
    Ok(temporary)
}

/// Brings packages. Lists that are too old, or missing, are brought up to date first.
fn download(packages: &[&str], folder: &Path) -> Result<(), String> {
    let download = || {
        let mut apt = Command::new("apt-get");
        run(apt.arg("download").args(packages).current_dir(folder))
    };
    download().or_else(|_| {
        run(Command::new("apt-get").arg("update")).map_err(|reason| {
            format!("{reason}\n  (as root: `apt-get update`, then run the tests again)")
        })?;
        download()
    })
}

/// Runs a program to its end.
fn run(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{name}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    let last = errors.trim().lines().last().unwrap_or("no message");
    Err(format!("{name}: {last}"))
}

/// Writes a script that can be run, into a file that isn't there yet.
#[cfg(unix)]
pub fn write_script(path: &Path, script: &str) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = File::options();
    let mut file = options.write(true).create_new(true).mode(0o755).open(path)?;
    file.write_all(script.as_bytes())
}

/// Writes a script that can be run, into a file that isn't there yet.
#[cfg(not(unix))]
pub fn write_script(path: &Path, script: &str) -> std::io::Result<()> {
    File::create_new(path)?.write_all(script.as_bytes())
}
