//! The command line, WIT or a component is wrong.

codes! { Input;
    ALREADY_RELEASED = "already-released":
        "The version was released before: it has a tag, or an entry in the changelog."
        "Release another version.";
    AMBIGUOUS_HOP = "ambiguous-hop":
        "A member has several next hops, and neither an option nor the order of the members selects one."
        "Name the next hop: `--hop MEMBER.NAME=FILE`. The message lists the names.";
    AMBIGUOUS_ITEM = "ambiguous-item":
        "Several items of the package have this name."
        "Write the item with its interface or world, as the message lists them.";
    AMBIGUOUS_RUNTIME = "ambiguous-runtime":
        "The glue of both sides of a world can't use one runtime."
        "Generate one side, with `--guest` or `--host`, or with `side` in `witgen.toml`.";
    AMBIGUOUS_WORLD = "ambiguous-world":
        "Several packages have a world with this name."
        "Write the world with its package and version, as the message lists them.";
    ANOTHER_KIND = "another-kind":
        "A WIT package and a component can't be published under one name."
        "Publish the new one under another name.";
    ATTESTATION_OF_ANOTHER = "attestation-of-another":
        "The file's statement is about something other than the published package."
        "Attest the digest that the message names, then publish with that file.";
    BINARY_TO_TERMINAL = "binary-to-terminal":
        "The result is binary, and standard output is a terminal."
        "Name a file with `--out`, or pipe the result into another program.";
    CANNOT_ENCODE = "cannot-encode":
        "The package can't be encoded as WebAssembly."
        "Check with `witgen inspect` what was read, and report the error if the package is valid.";
    CERTIFICATE_MISMATCH = "certificate-mismatch":
        "The server's certificate and its private key don't belong together."
        "Pass the key that the certificate was issued for.";
    CYCLIC_ITEM = "cyclic-item":
        "A type, an interface or a world refers to itself, which WIT doesn't allow."
        "Break the cycle; a resource can stand for the inner type.";
    DAMAGED_WASM = "damaged-wasm":
        "The file is WebAssembly, but it is not valid."
        "Build it again; it may have been copied or written only in part.";
    DAMAGED_WORLD = "damaged-world":
        "The module's description of the world that it was built for can't be read."
        "Build the module again, with glue that this version of witgen generates.";
    DUPLICATE_PACKAGE = "duplicate-package":
        "One package is defined in two places."
        "Remove one of the definitions, or give it another name or version.";
    EDITOR_CONNECTION = "editor-connection":
        "`witgen lsp` received something other than messages of the Language Server Protocol, or the editor disconnected."
        "Let an editor start it; `docs/editors.md` describes the settings.";
    FILES_IN_THE_WAY = "files-in-the-way":
        "The directory for the new crate already contains files."
        "Choose another name, or another directory with `--out`.";
    HOP_CYCLE = "hop-cycle":
        "The next hops of the members form a cycle, so a request could pass through it forever."
        "Link one of them to a service, or to a second member of the same file.";
    IMPORT_CONFLICT = "import-conflict":
        "Two members of a chain import one interface with different contents."
        "Build both members against the same WIT.";
    INCOMPATIBLE_VERSIONS = "incompatible-versions":
        "A member's import and the handler that it is linked to have incompatible versions."
        "Build both members against semver-compatible versions, such as 0.3.2 and 0.3.3.";
    INVALID_ALLOW = "invalid-allow":
        "An exception from a lint rule is not a rule and an item."
        "Write it as `RULE=ITEM`: `boolean-pair=types.request.new`.";
    INVALID_ATTESTATION = "invalid-attestation":
        "The file is not a Sigstore bundle with an in-toto statement."
        "Pass the bundle that the tool for attestations wrote, as it is.";
    INVALID_CERTIFICATE = "invalid-certificate":
        "A file of certificates can't be used."
        "Pass a file in PEM format, which contains `-----BEGIN CERTIFICATE-----`.";
    INVALID_EXAMPLE = "invalid-example":
        "An example for the specification has no end, no beginning or no code, or its item has two."
        "Correct the markers `// ANCHOR: NAME` and `// ANCHOR_END: NAME` at the place that the message shows.";
    INVALID_KEY = "invalid-key":
        "The server's private key can't be used."
        "Pass an unencrypted key in PEM format: RSA from 2048 bits, ECDSA with P-256 or P-384, or Ed25519.";
    INVALID_METADATA = "invalid-metadata":
        "A value of the package's metadata has the wrong form."
        "Write `licenses` as an SPDX expression, `source` and `homepage` as URLs.";
    INVALID_MODULE = "invalid-module":
        "The path of the glue's module is not a path in Rust."
        "Write a path that starts with `crate`, such as `crate::glue::proxy`.";
    INVALID_NAME = "invalid-name":
        "A crate can't have this name."
        "Choose a name that starts with a lower-case letter and is no keyword.";
    INVALID_ORIGIN = "invalid-origin":
        "An origin has no servers, has a server twice, or has an invalid setting."
        "Change the option or the setting that the message names.";
    INVALID_REFERENCE = "invalid-reference":
        "The name of a package in a registry has the wrong form."
        "Write it as `namespace:name@1.2.3`, in lower case.";
    INVALID_REQUIREMENT = "invalid-requirement":
        "A requirement for versions has the wrong form."
        "Write a version or a part of one, as in Cargo.toml: `0.3`, `=0.3.1`, `>=0.3, <0.5`.";
    INVALID_RUNTIME = "invalid-runtime":
        "The path of the glue's runtime is not a path in Rust."
        "Write a path that starts with `crate` or the name of a crate, such as `witgen_serve::runtime`.";
    INVALID_TRUSTED_ROOT = "invalid-trusted-root":
        "The file is not a trusted root of Sigstore."
        "Use the `trusted_root.json` of the Sigstore instance that issues the certificates.";
    INVALID_TYPE_OPTION = "invalid-type-option":
        "A derive, an attribute or a mapped interface of the glue's types can't be used."
        "Correct the option as the message says, or leave it out.";
    INVALID_VERSION = "invalid-version":
        "The version can't be a tag in a registry."
        "Shorten its pre-release or its build metadata.";
    INVALID_WAT = "invalid-wat":
        "The file is WebAssembly in text form, but it is not valid."
        "Correct it, or pass the `.wasm` file that the compiler wrote.";
    INVALID_WIT = "invalid-wit":
        "The WIT is not valid."
        "Correct it at the place that the message shows.";
    KEY_PERMISSIONS = "key-permissions":
        "Other users may read the file of a private key."
        "Take their permissions away with `chmod 600`, and replace the key if others have read it.";
    MEMBER_NAME = "member-name":
        "A member of a chain has a name that is invalid or used twice."
        "Give it a name with `NAME=FILE`: lower case, words joined by hyphens.";
    MEMORY_LIMIT = "memory-limit":
        "A component needs more memory at its start than the limit allows."
        "Raise `--max-memory`.";
    MISMATCH = "mismatch":
        "The import of a member and the export of the next member differ, although they have the same name."
        "Build both members against the same WIT.";
    MISSING_IMPORT = "missing-import":
        "A component imports something that the host doesn't have."
        "Build the component without it, or for a world that the host implements.";
    MISSING_OPTION = "missing-option":
        "The command needs an option that isn't given."
        "Pass the option that the message names.";
    MISSING_PACKAGE = "missing-package":
        "The WIT uses a package that is not among its dependencies."
        "Run `witgen fetch`, or copy the package into `deps/`.";
    NEEDS_AN_ADAPTER = "needs-an-adapter":
        "The module imports WASI preview 1, which components don't have."
        "Build it for wasm32-wasip2 or wasm32-unknown-unknown, or pass an adapter with `--adapt`.";
    NESTED_TOO_DEEPLY = "nested-too-deeply":
        "Types, interfaces or packages depend on each other through a chain of more than 200."
        "Shorten the chain: refer to its last item directly.";
    NEWER_ITEM = "newer-item":
        "A component uses an item that the version of WASI doesn't have yet."
        "Pass a later `--wasi-version`, or build the component without the item.";
    NOTHING_TO_RELEASE = "nothing-to-release":
        "The package has not changed since the last release."
        "Pass a version to release it anyway.";
    NOT_A_COMPONENT = "not-a-component":
        "The file is not a component, and can't be turned into one."
        "Pass a component; `witgen component` builds one from a core module.";
    NOT_A_CORE_MODULE = "not-a-core-module":
        "The file is a component or a WIT package already, not a core module."
        "Use the file as it is.";
    NOT_A_DAY = "not-a-day":
        "The argument is not a day of the calendar."
        "Write year, month and day: `2026-01-31`.";
    NOT_A_DEPENDENCY = "not-a-dependency":
        "The package is not a dependency of this one."
        "Name a package that `[dependencies]` or the WIT names, as the message lists them.";
    NOT_A_FILE = "not-a-file":
        "The path is not a regular file."
        "Name a directory, a `.wit` file or a `.wasm` file.";
    NOT_A_PACKAGE = "not-a-package":
        "A dependency is a component, not a WIT package."
        "Name the package that the component's interfaces come from.";
    NOT_A_SERVICE = "not-a-service":
        "Side calls can be linked only to a service, and this component has a next hop."
        "Compose it with a service first, and name the result.";
    NOT_A_VERSION = "not-a-version":
        "The argument is not a semantic version."
        "Pass `patch`, `minor`, `major`, or three numbers such as `0.3.3`.";
    NOT_EDITABLE = "not-editable":
        "The package is not WIT text on this disk, so it can't be changed."
        "Change the `.wit` files that it was built from.";
    NOT_UTF_8 = "not-utf-8":
        "A file of WIT is not encoded in UTF-8."
        "Save the file as UTF-8.";
    NOT_WASM = "not-wasm":
        "The file is not WebAssembly."
        "Name the `.wasm` file that the compiler wrote.";
    NO_BASELINE = "no-baseline":
        "There is no earlier package to compare with, so the next version can't be chosen."
        "Pass the version, or name the released package with `[baseline]` in `witgen.toml`.";
    NO_CLIENT = "no-client":
        "Side calls are configured for a member that makes none."
        "Leave out the option for this member.";
    NO_HANDLER = "no-handler":
        "The component exports no handler, so it can't be a member of a chain."
        "Pass a service, a proxy or a middleware of `wasi:http` 0.3.";
    NO_MEMBERS = "no-members":
        "A chain needs at least one member."
        "Name the components, the outermost first.";
    NO_NAME = "no-name":
        "The component doesn't contain a name and a version to publish it under."
        "Pass them with `--package namespace:name@1.0.0`.";
    NO_NEXT_HOP = "no-next-hop":
        "An option is about the next hop of a chain that has none."
        "Leave out the option, or end the chain with a proxy.";
    NO_ORIGIN = "no-origin":
        "The chain has a next hop, and nothing is configured for it."
        "Pass `--origin URL` or `--hop MEMBER.NAME=URL`, or add the component that the next hop leads to.";
    NO_OUTPUT = "no-output":
        "The command writes a component, and needs the name of a file."
        "Name one with `--out`.";
    NO_RUNTIME = "no-runtime":
        "The glue has no runtime, so it can't use the runtime of other glue."
        "Leave out `--runtime`, or `runtime` in `witgen.toml`.";
    NO_SUCH_FORMAT = "no-such-format":
        "The command doesn't have this output format."
        "Leave out `--format`, or pass `--format json`.";
    NO_TEMPLATE = "no-template":
        "`witgen new` has no template for this world."
        "Use one of the worlds that the message lists.";
    NO_TRUST = "no-trust":
        "No keys or identities are accepted for the package."
        "Add a `[[trust]]` section to `witgen.toml`, or pass `--key` to `witgen verify`.";
    NO_VERSION = "no-version":
        "The package has no version."
        "Add a version to its `package` line.";
    NO_WIT = "no-wit":
        "There is no WIT where the package should be."
        "Name the package's directory or file with `--wit`.";
    NO_WORLD = "no-world":
        "The package or the module has no world."
        "Add a world to the package, or build the module with guest glue.";
    OPEN_HOP = "open-hop":
        "A next hop leads to no member, though the chain ends in a service."
        "Link it with `--hop`, to a component, to `deny` or to `host`.";
    OPTION_DOES_NOT_APPLY = "option-does-not-apply":
        "An option doesn't apply to the file that it is given with."
        "Leave it out, or name another file.";
    PACKAGE_CYCLE = "package-cycle":
        "A package depends on itself through its dependencies."
        "Move what both packages need into a third one.";
    SERVICE_IN_THE_MIDDLE = "service-in-the-middle":
        "A service precedes another member, although it has no next hop."
        "Put the service last.";
    STDIN_WITH_FILES = "stdin-with-files":
        "`witgen fmt` got `-` for standard input together with files."
        "Run it once for standard input and once for the files.";
    STILL_USED = "still-used":
        "The WIT still uses the package that would be removed."
        "Remove the uses at the places that the message shows, then run the command again.";
    TAG_MISMATCH = "tag-mismatch":
        "The tag is not that of the version that would be published."
        "Tag the commit that has the version; `tag` in `[release]` of `witgen.toml` defines the names of tags.";
    TOO_LARGE = "too-large":
        "A file of WIT is larger than 1 GiB."
        "Check that the path names a WIT file.";
    TOO_MANY_MEMBERS = "too-many-members":
        "A served chain has more members than can have output and an environment of their own."
        "Link some of the members into one component with `witgen compose` first.";
    TOO_MANY_PARAMETERS = "too-many-parameters":
        "A function has more than 1,000 parameters, which no component may have."
        "Put them into a record.";
    TWO_CLIENTS = "two-clients":
        "The side calls of one member are configured twice."
        "Leave out one of the options.";
    TWO_OUTPUTS = "two-outputs":
        "Two results can't both go to standard output."
        "Name a file for one of them.";
    TWO_TARGETS = "two-targets":
        "One next hop leads to two members."
        "Leave out one of the `--hop` options, or the member that follows in the line.";
    TYPE_TOO_LARGE = "type-too-large":
        "An interface or a world has more than 1,000,000 parts with all types expanded, which no component may have."
        "Use fewer types inside of types that are used often. A handle to a resource is one part.";
    UNKNOWN_CODE = "unknown-code":
        "No diagnostic and no rule has this code."
        "Run `witgen explain --all` for a list of all codes.";
    UNKNOWN_EXAMPLE = "unknown-example":
        "An example for the specification names an item that the package doesn't have."
        "Correct the name in both markers, or remove the example of a removed item.";
    UNKNOWN_FEATURE = "unknown-feature":
        "No item of the package is behind this feature."
        "Check the spelling of the feature's name.";
    UNKNOWN_HOP = "unknown-hop":
        "A member has no next hop, or no side call, with this name."
        "Use one of the names that the message lists.";
    UNKNOWN_ITEM = "unknown-item":
        "The package has no item with this name."
        "Check the spelling, and that the item's `use` or its interface exists.";
    UNKNOWN_MEMBER = "unknown-member":
        "No member of the chain has this name."
        "Use the name of a member; `NAME=FILE` gives a member another name.";
    UNKNOWN_REVISION = "unknown-revision":
        "The git repository has no such revision."
        "Name a commit, a branch or a tag; `git fetch --tags` downloads missing tags.";
    UNKNOWN_WORLD = "unknown-world":
        "The package has no world with this name."
        "Use one of the worlds that the message lists.";
    UNLINKABLE = "unlinkable":
        "The next hop or the side calls of a member can't be linked."
        "Link them to a service that exports the handler of `wasi:http`.";
    UNPINNED_IMAGE = "unpinned-image":
        "A container image is named by a tag, which can be moved to another image."
        "Name the digest of the image.";
    UNREACHABLE_MEMBER = "unreachable-member":
        "No next hop leads to this member."
        "Link a next hop of another member to it, or leave it out.";
    UNSAYABLE_IN_WAC = "unsayable-in-wac":
        "WAC has no syntax for this chain."
        "Compose the chain with `witgen compose` instead.";
    UNSERVABLE = "unservable":
        "The component can't be served."
        "Build it for the world `service` or `proxy` of `wasi:http` 0.3.";
    UNSUPPORTED_VERSION = "unsupported-version":
        "A component is built for a version of `wasi:http` that witgen doesn't support."
        "Build it for a version that is compatible with the version in the message.";
    UNTRUSTED_IDENTITY = "untrusted-identity":
        "The pattern for an identity would match identities of others, or is empty."
        "Write the complete identity, with wildcards only after the first part of its path.";
    UNUSABLE_KEY = "unusable-key":
        "A key can't be read, or is of a kind or form that witgen doesn't support."
        "Use an unencrypted PKCS#8 key in PEM, ECDSA on P-256 or Ed25519; the public half is a `PUBLIC KEY` in PEM.";
    UNUSUAL_VERSION = "unusual-version":
        "The version is one that registries or other tools treat differently."
        "Publish a plain version, or allow this one with the option that the message names.";
    UNVERSIONED_DEPENDENCY = "unversioned-dependency":
        "The WIT uses a package of a registry without a version."
        "Write the version in the `use`, as the message shows it.";
    UPDATE_BREAKS = "update-breaks":
        "A new version of a dependency changes or removes what this package uses."
        "Keep the old version with a requirement such as `=0.3.1`, or pass `--allow-breaking`.";
    VERSION_NOT_HIGHER = "version-not-higher":
        "The new version is not higher than the package's."
        "Pass a higher version.";
    WASI_0_2 = "wasi-0.2":
        "A component of WASI 0.2 can't be linked with components of WASI 0.3: its handler is synchronous, and must not block there."
        "Run the chain with `witgen serve`, or build the component for WASI 0.3.";
    WHICH_WORLD = "which-world":
        "The package has several worlds, and the command needs one."
        "Choose one with `--world`.";
    WIT_PACKAGE = "wit-package":
        "The file is a WIT package, which contains types and no code."
        "Name the component that implements one of its worlds.";
    WORLDS_TOO_LARGE = "worlds-too-large":
        "The worlds of a package have too many items, including those from `include` and `use`."
        "Split the package, so that each has fewer worlds or smaller interfaces.";
    WOULD_OVERWRITE_INPUT = "would-overwrite-input":
        "The result would overwrite one of the command's inputs."
        "Name another file with `--out`.";
    WOULD_REMOVE_OUTPUT = "would-remove-output":
        "The command would remove files that an output of `witgen.toml` consists of."
        "Write into another directory with `--out`, or change the output in `witgen.toml`.";
    WRONG_PACKAGE = "wrong-package":
        "The name and the contents are of different packages."
        "Use the name and version of the `package` line, or publish the package again.";
    ZERO_LIMIT = "zero-limit":
        "A limit is zero, with which no request can be handled."
        "Pass a larger value, or leave out the option.";
}
