//! The package arrives, and its pages don't: the package stays.

use super::*;

pub(super) const CASE: Case = Case {
    task: Task::PublishDocs,
    rule: |request, before| {
        if before > 12 && request.matches("PUT", "uploads") {
            proxy::answer("403 Forbidden", "", "")
        } else {
            Answer::Own
        }
    },
    says: &["error[forbidden]: cannot attach the pages"],
    end: End::FailsWhole,
    requests: 40,
};
