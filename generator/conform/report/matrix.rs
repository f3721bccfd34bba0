//! The matrix of hosts: a page that keeps the results of earlier runs of other hosts.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;

use super::super::outcome::Report;
use crate::template;

/// The results of several hosts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matrix {
    /// The version of each host.
    hosts: BTreeMap<String, String>,
    /// By case and host.
    cells: BTreeMap<String, BTreeMap<String, String>>,
}

#[derive(Template)]
#[template(path = "conform/results.md", escape = "none")]
struct Page {
    hosts: Vec<String>,
    totals: Vec<Total>,
    rows: Vec<Row>,
}

struct Total {
    host: String,
    version: String,
    passed: usize,
    failed: usize,
    known: usize,
    not_applicable: usize,
}

struct Row {
    name: String,
    cells: Vec<String>,
}

impl Matrix {
    /// Reads the page of an earlier run; what isn't such a page has no results.
    pub fn read(page: &str) -> Self {
        let mut matrix = Matrix::default();
        let mut hosts: Vec<String> = Vec::new();
        for line in page.lines().filter_map(|line| line.strip_prefix("| ")) {
            let cells: Vec<_> = line.trim_end_matches('|').split(" | ").map(str::trim).collect();
            match cells.as_slice() {
                ["Case", names @ ..] => hosts = names.iter().map(|it| (*it).to_owned()).collect(),
                [name, cells @ ..] if !hosts.is_empty() && name.starts_with('`') => {
                    let name = name.trim_matches('`').to_owned();
                    let cells = hosts.iter().cloned().zip(cells.iter().map(|it| (*it).to_owned()));
                    matrix.cells.insert(name, cells.collect());
                }
                [host, version, ..] if hosts.is_empty() && !host.starts_with("Host") => {
                    matrix.hosts.insert((*host).to_owned(), (*version).to_owned());
                }
                _ => {}
            }
        }
        matrix
    }

    /// Replaces a host's earlier results. Cases that no longer exist are left out.
    pub fn update(&mut self, report: &Report) {
        let version = report.version.clone().unwrap_or_default();
        self.hosts.insert(report.subject.clone(), version);
        let names: BTreeSet<_> = report.cases.iter().map(|case| &case.name).collect();
        self.cells.retain(|name, _| names.contains(name));
        for case in &report.cases {
            let row = self.cells.entry(case.name.clone()).or_default();
            row.insert(report.subject.clone(), case.outcome().as_str().to_owned());
        }
    }

    /// Renders the page.
    pub fn page(&self) -> String {
        let cell = |row: &BTreeMap<String, String>, host: &String| {
            row.get(host).filter(|cell| !cell.is_empty()).cloned().unwrap_or("–".to_owned())
        };
        let totals = self.hosts.iter().map(|(host, version)| {
            let count = |word: &str| {
                let is_so =
                    |row: &&BTreeMap<String, String>| row.get(host).is_some_and(|it| it == word);
                self.cells.values().filter(is_so).count()
            };
            Total {
                host: host.clone(),
                version: version.replace('|', "\\|"),
                passed: count("pass"),
                failed: count("fail"),
                known: count("known"),
                not_applicable: count("n/a"),
            }
        });
        let rows = self.cells.iter().map(|(name, row)| Row {
            name: name.clone(),
            cells: self.hosts.keys().map(|host| cell(row, host)).collect(),
        });
        template::text(&Page {
            hosts: self.hosts.keys().cloned().collect(),
            totals: totals.collect(),
            rows: rows.collect(),
        })
    }
}
