//! Components that choose between next hops, made without a compiler.

use wit_component::StringEncoding;

use crate::components::loaded_text;

/// A next hop of a router.
#[derive(Clone, Copy, Debug)]
pub struct NextHop {
    /// Its name, as a user of `witgen compose` writes it.
    pub name: &'static str,
    /// What the world of the router says: `import primary: wasi:http/handler@0.3.1002;`.
    pub import: &'static str,
    /// The name of the import in the component: `primary`.
    pub module: &'static str,
}

/// Two next hops under labels, `primary` and `fallback`.
pub const LABELS: [NextHop; 2] = [
    NextHop {
        name: "primary",
        import: "import primary: wasi:http/handler@0.3.1002;",
        module: "primary",
    },
    NextHop {
        name: "fallback",
        import: "import fallback: wasi:http/handler@0.3.1002;",
        module: "fallback",
    },
];

/// A next hop by every name that there is: unlabelled, labelled, of an interface of the router's package, and
/// inline.
pub const SPELLINGS: [NextHop; 6] = [
    NextHop {
        name: "origin",
        import: "import wasi:http/origin@0.3.1002;",
        module: "wasi:http/origin@0.3.1002",
    },
    NextHop {
        name: "handler",
        import: "import wasi:http/handler@0.3.1002;",
        module: "wasi:http/handler@0.3.1002",
    },
    NextHop {
        name: "primary",
        import: "import primary: wasi:http/handler@0.3.1002;",
        module: "primary",
    },
    NextHop {
        name: "second",
        import: "import second: wasi:http/origin@0.3.1002;",
        module: "second",
    },
    NextHop {
        name: "upstream",
        import: "import upstream;",
        module: "test:router/upstream",
    },
    NextHop {
        name: "inline",
        import: "import inline: interface { \
            use wasi:http/types@0.3.1002.{request, response, error-code}; \
            handle: async func(request: request) -> result<response, error-code>; }",
        module: "inline",
    },
];

/// Makes a component that hands each request to one of its next hops: to the first if the path has an `a` at this
/// position, which counts from 1 after the `/`, to the second if it has a `b`, and so on. For all others it traps.
pub fn router(hops: &[NextHop], position: usize) -> Vec<u8> {
    let imports: String = hops.iter().map(|hop| hop.import).collect();
    let package = loaded_text(&format!(
        "package test:router;
         interface upstream {{
             use wasi:http/types@0.3.1002.{{request, response, error-code}};
             handle: async func(request: request) -> result<response, error-code>;
         }}
         world router {{ include wasi:http/service@0.3.1002; {imports} }}"
    ));
    let world = package.select_world(None).unwrap();
    let metadata = wit_component::metadata::encode(
        package.resolve(),
        world,
        StringEncoding::UTF8,
        None,
        false,
    );
    let metadata: String = metadata.unwrap().iter().map(|byte| format!("\\{byte:02x}")).collect();
    let functions = hops.iter().enumerate().map(|(at, hop)| {
        let module = hop.module;
        format!("(import \"{module}\" \"handle\" (func $hop{at} (param i32 i32)))")
    });
    let calls = (0..hops.len()).map(|at| {
        let letter = u32::from(b'a') + u32::try_from(at).unwrap();
        format!(
            "(if (i32.eq (local.get $letter) (i32.const {letter}))
               (then (call $hop{at} (local.get $request) (i32.const 256)) (return (i32.const 256))))"
        )
    });
    let (functions, calls): (String, String) = (functions.collect(), calls.collect());
    let module = format!(
        "(module
           (import \"wasi:http/types@0.3.1002\" \"[method]request.get-path-with-query\"
             (func $path (param i32 i32)))
           {functions}
           (memory (export \"memory\") 1)
           (global $free (mut i32) (i32.const 1024))
           (func (export \"cabi_realloc\") (param i32 i32 i32 i32) (result i32)
             (local $at i32)
             (local.set $at (global.get $free))
             (global.set $free (i32.and
               (i32.add (i32.add (global.get $free) (local.get 3)) (i32.const 7))
               (i32.const -8)))
             (local.get $at))
           ;; An optional string is its case, its address and its length.
           (func (export \"wasi:http/handler@0.3.1002#handle\") (param $request i32) (result i32)
             (local $letter i32)
             (call $path (local.get $request) (i32.const 16))
             (local.set $letter
               (i32.load8_u (i32.add (i32.load (i32.const 20)) (i32.const {position}))))
             {calls}
             unreachable)
           (@custom \"component-type:router\" \"{metadata}\"))"
    );
    witgen::component::encode(module.as_bytes(), &[]).unwrap()
}
