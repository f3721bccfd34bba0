//! `witgen.toml` or another file that configures witgen is wrong.

codes! { Configuration;
    ALREADY_A_DEPENDENCY = "already-a-dependency":
        "The manifest lists the package already."
        "Change its requirement in `[dependencies]`, or update it with `witgen update`.";
    ALREADY_THERE = "already-there":
        "The directory already has a `witgen.toml`."
        "Edit it, or pass `--force` to replace it.";
    AMBIGUOUS_CREDENTIALS = "ambiguous-credentials":
        "A variable of the environment has credentials, and several configured registries read it."
        "Unset it, and store the credentials with `docker login` or in the configuration of the registry.";
    CIRCULAR_MEMBERS = "circular-members":
        "Members of a workspace depend on each other in a cycle, so none can be published first."
        "Move the shared items into another package.";
    COMPONENT_DIGEST = "component-digest":
        "A component has another digest than `chain.toml` states."
        "Find out who changed the component; write its digest to accept it.";
    DIGEST_DIFFERS_FROM_LOCK = "digest-differs-from-lock":
        "The digest of a downloaded package differs from the lock file."
        "Find out who changed it; `witgen fetch --update` accepts the new contents.";
    INVALID_BASELINE = "invalid-baseline":
        "The file is not a baseline of `witgen lint`."
        "Write it again with `--write-baseline`.";
    INVALID_CASE = "invalid-case":
        "A conformance case or a profile of a host has a key or a value that can't be used."
        "Correct it at the place that the message shows; `conformance/README.md` describes the format.";
    INVALID_CHAIN_FILE = "invalid-chain-file":
        "`chain.toml` has a key or a value that can't be used."
        "Correct it at the place that the message shows; `docs/chain-file.md` lists all keys.";
    INVALID_CONFIG = "invalid-config":
        "A value of `witgen.toml` or `wkg.toml` is not valid."
        "Correct it at the place that the message shows.";
    INVALID_LOCK = "invalid-lock":
        "The lock file can't be read."
        "Restore it, or delete it and run `witgen fetch --update`.";
    INVALID_RECORD = "invalid-record":
        "The list of generated files in an output directory can't be read."
        "Restore it, or delete it and pass `--force`.";
    INVALID_REGISTRY = "invalid-registry":
        "The name or address of a registry has the wrong form."
        "Write a host, a host with a port, or the path of a directory.";
    INVALID_REGISTRY_CONFIG = "invalid-registry-config":
        "The configuration of registries can't be used."
        "Correct it; it has the format of wkg's configuration.";
    NO_CONFIG = "no-config":
        "There is no `witgen.toml` in the directory, nor in one above it."
        "Run `witgen init` to create one.";
    NO_OUT_DIR = "no-out-dir":
        "`OUT_DIR` is not set, so the directory of the glue is unknown."
        "Call the function from a `build.rs`, where cargo sets the variable.";
    PATH_DEPENDENCY_CYCLE = "path-dependency-cycle":
        "Path dependencies form a cycle."
        "Move what the packages share into one that depends on neither.";
    REQUIREMENT_VIOLATED = "requirement-violated":
        "The WIT uses a version of a package that the manifest does not allow."
        "Change the version in the WIT, or the requirement in `[dependencies]`.";
    ROUTE_CONFLICT = "route-conflict":
        "Two routes of `chain.toml` claim the same requests."
        "Leave out one of them, or give it another host or path.";
    SAME_FOLDER = "same-folder":
        "Two packages would be vendored into one directory of `deps/`."
        "Copy one of them into `deps/` under another name.";
    SECRET_PERMISSIONS = "secret-permissions":
        "Other users have access to a file with a secret."
        "Take their permissions away with `chmod 600`, and replace the secret if others have read it.";
    UNKNOWN_CASE = "unknown-case":
        "No conformance case has such a name."
        "List the names with `--list`.";
    UNKNOWN_CHAIN = "unknown-chain":
        "`chain.toml` has no chain with this name, or it has several chains, and no option selects one."
        "Correct the name, or select a chain with `--chain`; the message lists the names.";
    UNKNOWN_HOST = "unknown-host":
        "No profile of a host has this name."
        "Use a name that the message lists, or pass the command after `--`.";
    UNKNOWN_ORIGIN = "unknown-origin":
        "`chain.toml` has no origin with this name, or the origin can't be used here."
        "Correct the name, or write the URL of a server.";
    UNSET_VARIABLE = "unset-variable":
        "`chain.toml` uses a variable of the environment that isn't set."
        "Set it, or write a default: `${NAME:-default}`.";
    UNSUPPORTED_OVERRIDE = "unsupported-override":
        "An override of `wkg.toml` has a form that witgen doesn't support."
        "Write the version in the WIT.";
    UNUSED_ENTRY = "unused-entry":
        "`chain.toml` defines something that nothing uses."
        "Use it, or leave it out.";
}
