//! Imports that a test calls outside of wasm, where nothing provides them.

/// Makes the functions that stand for imports outside of wasm panic with the import's name, in a way that a test survives.
///
/// wit-bindgen's functions panic without a word, and because they are `extern "C"`, the panic aborts the whole test program.
pub(super) fn panic_clearly(bindings: &str) -> String {
    let mut text = String::with_capacity(bindings.len());
    let (mut module, mut function) = ("", "");
    for line in bindings.split_inclusive('\n') {
        let code = line.trim();
        if let Some(name) = between(code, "#[link(wasm_import_module = \"", "\")]") {
            module = name;
        } else if let Some(name) = between(code, "#[link_name = \"", "\"]") {
            function = name.strip_prefix("[async-lower]").unwrap_or(name);
        }
        match stub(code) {
            Some(signature) => {
                let indent = &line[..line.len() - line.trim_start().len()];
                text.push_str(&format!(
                    "{indent}unsafe extern \"C-unwind\" {signature} {{ panic!(\"`{function}` of `{module}` was called \
                     outside of wasm, where nothing provides it\") }}\n"
                ));
            }
            None => text.push_str(line),
        }
    }
    text
}

/// Returns the signature of a function that stands for an import and is only ever called directly.
fn stub(code: &str) -> Option<&str> {
    let signature = between(code, "unsafe extern \"C\" ", " { unreachable!() }")?;
    let name = signature.strip_prefix("fn ")?.split('(').next()?;
    let number = name.strip_prefix("wit_import");
    let is_import = number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
    (is_import || name == "drop").then_some(signature)
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    text.strip_prefix(before)?.strip_suffix(after)
}
