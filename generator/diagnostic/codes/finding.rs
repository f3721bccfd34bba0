//! A check was carried out and found something.

codes! { Finding;
    DRIFT = "drift":
        "A generated file is out of date, or was edited."
        "Run the command that generates it, and review the difference.";
    LARGE_GLUE = "large-glue":
        "Glue in Rust is larger than 20 MiB, and slow to compile."
        "Pass less to the functions that the message lists, or pass it as a resource.";
    LOCK_WOULD_CHANGE = "lock-would-change":
        "The lock file doesn't match the dependencies, and `--locked` forbids changing it."
        "Run `witgen fetch` without `--locked`, and commit the result.";
    MISFIT = "misfit":
        "A component doesn't fit the world."
        "Compare its imports and exports with the world's; the message names what differs.";
    MISSING_EXAMPLE = "missing-example":
        "A function has no example, and `witgen docs --require-examples` requires one for each."
        "Write an example between the two markers that the message shows.";
    NOT_CONFORMING = "not-conforming":
        "A host or a component doesn't do what a conformance case requires."
        "Compare the expected with the actual result; the message cites the WIT and the RFCs.";
    RELATION_ADDS = "relation-adds":
        "A world adds something to the world that it extends, and the relation doesn't list it."
        "Take it out of the world, or add it to `adds`.";
    RELATION_COMPOSE = "relation-compose":
        "A chain of these worlds doesn't fit the world that the relation names."
        "Change the worlds or the relation.";
    RELATION_EXTENDS = "relation-extends":
        "A world doesn't have everything of the world that it should extend."
        "Include the other world, or add what is missing.";
    RELATION_SAME_SHAPE = "relation-same-shape":
        "Two interfaces or functions should have the same shape and differ."
        "Change one of them, or remove the relation.";
    RETURNED_BODY = "returned-body":
        "A member can only return the body of its request, and a member before it can write that body: reading the response traps."
        "Build the member with witgen's glue, or serve it alone and pass its address as `--origin`.";
    UNFORMATTED = "unformatted":
        "A file isn't laid out as `witgen fmt` lays it out."
        "Run `witgen fmt`.";
    UNUSED_DEPENDENCY = "unused-dependency":
        "Nothing uses a package in `deps/`."
        "Remove the package, or use one of its items.";
    UNUSED_OVERRIDE = "unused-override":
        "An override of `wkg.toml` applies to no package."
        "Remove it, or correct the package's name or version.";
    VERSION_TOO_LOW = "version-too-low":
        "The version doesn't allow what has changed since the baseline."
        "Raise the version in the `package` line, or undo the changes.";
}
