//! A registry, or the network on the way to it, failed or refused.

codes! { Registry;
    ALREADY_PUBLISHED = "already-published":
        "The registry has this version already, with other contents."
        "Raise the version, then publish again.";
    CANNOT_MERGE = "cannot-merge":
        "Packages of the registry contradict each other."
        "Ask their authors whether they contain different contents of one version.";
    CATALOG_REFUSED = "catalog-refused":
        "The registry doesn't list its packages, as many registries don't."
        "Name packages, or search a registry that lists them.";
    FORBIDDEN = "forbidden":
        "The registry doesn't allow the request."
        "Check that the credentials have the right to read or publish the package.";
    INVALID_ANSWER = "invalid-answer":
        "The registry sent an unexpected response."
        "Check that the address is that of an OCI registry.";
    NOT_ATTESTED = "not-attested":
        "No attestation of the package satisfies the policy in `witgen.toml`."
        "Read why each attestation was rejected; ask the package's publisher to attest it, or correct the policy.";
    NO_CREDENTIALS = "no-credentials":
        "The registry requires authentication, and the configured credentials can't be read."
        "Repair the credentials, or set them in the environment.";
    NO_REGISTRY = "no-registry":
        "No registry is configured, so `publish` uses a directory on this machine, or fails if `--tag` is given."
        "Name a registry with `--registry`, in `[registries]` of `witgen.toml`, or in wkg's configuration.";
    NOT_A_REGISTRY = "not-a-registry":
        "The server doesn't speak HTTP."
        "Check the port, and whether the protocol is `http` or `https`.";
    NOT_IN_REGISTRY = "not-in-registry":
        "The registry doesn't have the package or the version."
        "Check the name; some registries report private packages as missing.";
    NOT_PUBLISHED = "not-published":
        "The registry accepted the package, but doesn't have it."
        "Run the command again; if the error stays, the registry is broken.";
    OFFLINE = "offline":
        "The command needs the network, and `--offline` forbids it."
        "Run the command once without `--offline`.";
    RATE_LIMITED = "rate-limited":
        "The registry received too many requests."
        "Wait, then run the command again; some registries allow more with credentials.";
    REGISTRY_CERTIFICATE = "registry-certificate":
        "The registry's certificate is not valid."
        "Add your own certificate authority to the registry's configuration or to the system.";
    REGISTRY_CUT_OFF = "registry-cut-off":
        "The registry closed the connection before its response was complete."
        "Run the command again.";
    REGISTRY_FAILED = "registry-failed":
        "The registry failed with a status of 500 or above."
        "Run the command again later.";
    REGISTRY_REFUSED = "registry-refused":
        "The registry rejected the request."
        "Check that the server is a registry of the OCI distribution specification.";
    REGISTRY_TLS = "registry-tls":
        "No secure connection to the registry could be made."
        "Set `protocol = \"http\"` in its configuration if it speaks plain HTTP.";
    REGISTRY_TOO_SLOW = "registry-too-slow":
        "The registry didn't respond in time."
        "Run the command again, or raise the timeout with `--timeout`.";
    REGISTRY_UNREACHABLE = "registry-unreachable":
        "The registry's host can't be reached."
        "Check the name, the network and the proxy.";
    UNAUTHORIZED = "unauthorized":
        "The registry requires authentication, or rejected the credentials."
        "Run `docker login`, or set credentials in the environment.";
    WRONG_DIGEST = "wrong-digest":
        "The registry sent contents that don't match their digest."
        "Run the command again, and don't use what was downloaded.";
}
