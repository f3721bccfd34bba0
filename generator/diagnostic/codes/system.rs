//! The file system, another program or this machine is in the way.

codes! { System;
    CANNOT_LISTEN = "cannot-listen":
        "The server can't listen on the address."
        "Choose a free port and an address of this machine.";
    CANNOT_RUN_HOST = "cannot-run-host":
        "The conformance suite can't run a host: its command fails, it doesn't listen, or it responds to no request."
        "Run the command by hand. Programs must be able to listen on 127.0.0.1 and to write to the directory for temporary files.";
    CANNOT_WATCH = "cannot-watch":
        "The files can't be watched for changes."
        "Run the command again after each change.";
    CANNOT_WRITE = "cannot-write":
        "A file can't be written."
        "Check the path, the permissions and the free space.";
    DIRTY_WORK_TREE = "dirty-work-tree":
        "The release can't be committed, because the work tree has other changes."
        "Commit them first, or pass `--allow-dirty`.";
    GIT_FAILED = "git-failed":
        "git can't read a revision, or refuses a commit or a tag."
        "Do what git's own message says; `git fsck` checks the repository.";
    INVALID_TRACE_SETTING = "invalid-trace-setting":
        "Traces can't be sent: an option or a variable of OpenTelemetry has a value that isn't supported."
        "Set it to what the message names, or set OTEL_SDK_DISABLED to true.";
    NO_ENGINE = "no-engine":
        "wasmtime can't be started on this machine."
        "Check the limits on memory and address space.";
    NO_GIT = "no-git":
        "git can't be run."
        "Install git, or do without it: name a directory instead of a revision, leave out `--commit`.";
    NO_HOME = "no-home":
        "The user has no home directory."
        "Set HOME, or name directories with `--registry` and `--cache`.";
    NO_REPOSITORY = "no-repository":
        "The directory is not in a git repository."
        "Run the command in the repository, or do without git: name a directory, leave out `--commit`.";
    NOT_READY = "not-ready":
        "The server doesn't respond, or reports that it isn't ready."
        "Read its log, and check that the address is that of its `--admin`.";
    NO_WITGEN_SERVE = "no-witgen-serve":
        "`witgen serve` needs the program `witgen-serve`, which isn't installed or can't be run."
        "Install it with `cargo install --locked witgen-serve`, or copy it next to `witgen`.";
    NOT_A_DIRECTORY = "not-a-directory":
        "The command needs a directory, and the path is something else."
        "Name another directory.";
    NOT_OURS = "not-ours":
        "The command would overwrite a file that witgen didn't write."
        "Choose another place, or pass `--force` where the command has it.";
    RESTART_REQUIRED = "restart-required":
        "A running server can't apply a changed setting."
        "Restart the server, or undo the change.";
    SERVER_FAILED = "server-failed":
        "The server stopped because the system refused something that it needs."
        "Check the limits on open files and connections.";
    SHALLOW_CLONE = "shallow-clone":
        "The git repository was cloned without its history, and the revision is not in it."
        "Run `git fetch --unshallow --tags`, or clone with the whole history.";
    UNTRUSTED_CODE_CACHE = "untrusted-code-cache":
        "The directory for compiled code can't be used: it can't be created, or other users can write it."
        "Name a directory that only this user can write, or pass `--no-code-cache`.";
    UNREADABLE = "unreadable":
        "A file can't be read."
        "Check the path and the permissions.";
}
