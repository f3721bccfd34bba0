//! Validation of what links components, without their code.

use wasmparser::{BinaryReaderError, Parser, Validator, WasmFeatures};

use crate::panics::catch_panic;

/// Validates a component except for the bodies of its functions, which take most of the time.
pub(super) fn validate(component: &[u8]) -> Result<(), String> {
    let validated = catch_panic(|| validate_payloads(component).map_err(|error| error.to_string()));
    validated.unwrap_or_else(|panic| Err(panic.to_string()))
}

fn validate_payloads(component: &[u8]) -> Result<(), BinaryReaderError> {
    let mut validator = Validator::new_with_features(WasmFeatures::all());
    for payload in Parser::new(0).parse_all(component) {
        // The validator returns the bodies of functions instead of validating them.
        validator.payload(&payload?)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::validate;

    #[test]
    fn only_bodies_of_functions_are_not_validated() {
        let body = r#"(component (core module (func (result i32) unreachable i64.const 0)))"#;
        assert_eq!(validate(&wat::parse_str(body).unwrap()), Ok(()));
        let instance = r#"(component (core module $m (import "a" "b" (func))) (core instance (instantiate $m)))"#;
        let error = validate(&wat::parse_str(instance).unwrap()).unwrap_err();
        assert!(
            error.contains("missing module instantiation argument"),
            "{error}"
        );
    }
}
