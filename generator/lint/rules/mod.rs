//! The rules: one file each, and one line each in the list.

use super::Rule;

/// Makes a module of each rule's file, and a list of all.
macro_rules! rules {
    ($($family:ident { $($rule:ident,)* })*) => {
        $(mod $family { $(pub(super) mod $rule;)* })*

        /// Every rule, by family and name.
        pub static RULES: &[&Rule] = &[$($(&$family::$rule::RULE,)*)*];
    };
}

rules! {
    stability {
        deprecated_before_since,
        deprecated_later_than_package,
        deprecation_unexplained,
        gate_on_released_item,
        since_missing,
        since_older_than_container,
        stabilize_next_misplaced,
    }
    naming {
        keyword_name,
        name_differs_in_case_only,
        redundant_prefix,
    }
    documentation {
        dead_link,
        docs_missing,
        errors_undocumented,
        member_docs_missing,
        param_undocumented,
        unknown_name_in_docs,
    }
    design {
        boolean_pair,
        copied_world,
        empty_interface,
        empty_world,
        imported_and_exported,
        option_of_option,
        result_without_error,
        single_case,
        unreachable_resource,
        unused_interface,
        unused_type,
        unused_use,
    }
    versions {
        mixed_dependency_versions,
        unversioned_package,
    }
    suppression {
        unknown_rule,
        unused_allow,
    }
}
