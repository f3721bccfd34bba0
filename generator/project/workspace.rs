//! Workspaces: the packages of one repository, which one `witgen.toml` lists.
//!
//! ```
//! use witgen::project::Workspace;
//!
//! let root = tempfile::tempdir().unwrap();
//! let write = |path: &str, text: &str| {
//!     let path = root.path().join(path);
//!     std::fs::create_dir_all(path.parent().unwrap()).unwrap();
//!     std::fs::write(path, text).unwrap();
//! };
//! write("witgen.toml", "[workspace]\nmembers = ['http', 'clocks']");
//! write("http/http.wit", "package my:http@1.0.0; world w { import my:clocks/clock@1.0.0; }");
//! write("clocks/clock.wit", "package my:clocks@1.0.0; interface clock {}");
//! let workspace = Workspace::find(root.path())?.unwrap().linked()?;
//! let projects = workspace.projects();
//! assert!(projects[0].dir().ends_with("clocks"), "what others need comes first");
//! assert!(projects[1].dir().ends_with("http"));
//! # Ok::<(), witgen::diagnostic::Failure>(())
//! ```

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use petgraph::algo::toposort;
use petgraph::graph::DiGraph;

use super::derived::Derived;
use super::folder::{Project, no_manifest};
use super::output::jobs;
use super::sibling::Sibling;
use crate::config::{Config, FILE, Member, above, manifest_folder};
use crate::diagnostic::{Diagnostic, Failure, Place, Result, codes};
use crate::fileset::Plan;
use crate::paths::{absolute, real, relative};
use crate::registry::{ProjectRegistries, Registries};
use crate::source::{self, EditedTexts, Needs};

/// The projects that the commands of a folder are about.
#[derive(Clone, Debug)]
pub struct Workspace {
    /// The projects, with the places where the manifest lists them.
    members: Vec<(Project, Place)>,
    /// The index of the project that the folder is in; none if the folder is that of a workspace.
    current: Option<usize>,
    /// The index of the project that the workspace's manifest describes itself.
    own: Option<usize>,
    /// The registries of the workspace's manifest, for members that name none.
    registries: ProjectRegistries,
    /// Why the packages of members can't be read; known once the workspace is linked.
    unreadable: Vec<Diagnostic>,
}

impl Workspace {
    /// Finds the `witgen.toml` of a folder or of one above it, and the workspace that lists its project. Without a workspace,
    /// there is one project. None if there is no `witgen.toml`.
    ///
    /// # Errors
    ///
    /// A `witgen.toml` that can't be read; members that don't exist, are listed twice, have no package or are workspaces
    /// themselves.
    pub fn find(dir: &Path) -> Result<Option<Self>> {
        let Some(own) = manifest_folder(dir) else {
            return Ok(None);
        };
        let Some((root, file, config)) = root_of(&own)? else {
            let Some(project) = Project::open(&own)? else {
                return Ok(None);
            };
            let place = Place::path(&project.file);
            return Ok(Some(Workspace {
                registries: project.config.registries.clone(),
                members: vec![(project, place)],
                current: Some(0),
                own: Some(0),
                unreadable: Vec::new(),
            }));
        };
        let members = members(dir, &root, &file, &config)?;
        let here = absolute(dir);
        let root = absolute(&root);
        let containing = members.iter().enumerate().filter(|(_, (project, _))| {
            let folder = absolute(&project.dir);
            folder != root && here.starts_with(folder)
        });
        let current =
            containing.max_by_key(|(_, (project, _))| absolute(&project.dir).as_os_str().len());
        Ok(Some(Workspace {
            current: current.map(|(index, _)| index),
            own: members.iter().position(|(project, _)| absolute(&project.dir) == root),
            members,
            registries: config.registries,
            unreadable: Vec::new(),
        }))
    }

    /// As [`Workspace::find`], for commands that need a `witgen.toml`.
    ///
    /// # Errors
    ///
    /// As [`Workspace::find`], and no `witgen.toml`.
    pub fn require(dir: &Path) -> Result<Self> {
        Self::find(dir)?.ok_or_else(|| no_manifest(dir).into())
    }

    /// Returns the same projects, which read packages from these registries.
    #[must_use]
    pub fn with_registries(mut self, registries: &Registries) -> Self {
        for (project, _) in &mut self.members {
            *project = project.clone().with_registries(registries.clone());
        }
        self
    }

    /// Returns the projects in the order of their dependencies, each of which knows the packages of the others.
    ///
    /// # Errors
    ///
    /// Members that define the same package or write into the same directory, and members that depend on each other in a cycle.
    pub fn linked(self) -> Result<Self> {
        if self.members.len() < 2 {
            return Ok(self);
        }
        require_own_directories(&self.members)?;
        let mut unreadable = Vec::new();
        let mut read =
            |project: &Project| match source::needs(&project.wit_directory()?, &EditedTexts::new())
            {
                Ok(needs) => Some(needs),
                Err(failure) => {
                    unreadable.extend(failure.into_diagnostics());
                    None
                }
            };
        let needs: Vec<Option<Needs>> =
            self.members.iter().map(|(project, _)| read(project)).collect();
        require_distinct(&self.members, &needs)?;
        let order = order(&self.members, &needs)?;
        let siblings: Vec<Sibling> = self
            .members
            .iter()
            .zip(&needs)
            .filter_map(|((project, place), needs)| {
                let needs = needs.as_ref()?;
                Some(Sibling {
                    name: needs.name.clone(),
                    wit: project.wit_directory()?,
                    needs: needs.packages.clone(),
                    place: place.clone(),
                })
            })
            .collect();
        let position = |old| order.iter().position(|index| *index == old);
        let (current, own) = (self.current.and_then(position), self.own.and_then(position));
        let members = order.iter().map(|index| {
            let (project, place) = self.members[*index].clone();
            let siblings = siblings.clone();
            (
                Project {
                    siblings,
                    ..project
                },
                place,
            )
        });
        Ok(Workspace {
            members: members.collect(),
            current,
            own,
            registries: self.registries,
            unreadable,
        })
    }

    /// Writes the copies of other members' packages that the projects of this folder need. Returns what changed in each `deps/`;
    /// with `is_dry_run`, what would change.
    ///
    /// # Errors
    ///
    /// As [`Project::update_copies`].
    pub fn update_copies(&self, is_dry_run: bool) -> Result<Vec<(PathBuf, Plan)>> {
        let projects = self.projects().into_iter();
        let updated = projects.map(|project| project.update_copies(is_dry_run));
        let updated: Vec<Option<(PathBuf, Plan)>> = updated.collect::<Result<_>>()?;
        Ok(updated.into_iter().flatten().collect())
    }

    /// Rejects a workspace without members; `dir` is the directory that the user is in.
    ///
    /// # Errors
    ///
    /// Such a workspace.
    pub(crate) fn require_members(&self, dir: &Path) -> Result<()> {
        if !self.members.is_empty() {
            return Ok(());
        }
        Err(
            Diagnostic::error(codes::NO_WIT, "the workspace has no members")
                .at(Place::path(dir))
                .help(format!(
                    "list the directories of its packages in {FILE}: `members = [\"api\"]`"
                ))
                .into(),
        )
    }

    /// Rejects members whose packages can't be read, for commands that would take these packages from a registry instead. Other
    /// commands report such a member where they need it.
    ///
    /// # Errors
    ///
    /// The problems of such members' packages.
    pub(crate) fn require_readable(&self) -> Result<()> {
        Failure::of(self.unreadable.clone()).map_or(Ok(()), Err)
    }

    /// Makes all outputs of the projects of this folder; nothing is written.
    ///
    /// # Errors
    ///
    /// As [`Project::derive`].
    pub fn derive(&self) -> Result<Derived> {
        let derived = self.projects().into_iter().map(Project::derive);
        let derived: Vec<Derived> = Failure::collect(derived)?;
        let mut all = Derived::default();
        for one in derived {
            all.outputs.extend(one.outputs);
            all.findings.extend(one.findings);
        }
        Ok(all)
    }

    /// Returns the projects that a command covers in this folder: the one that the folder is in, or all.
    pub fn projects(&self) -> Vec<&Project> {
        match self.current {
            Some(index) => vec![&self.members[index].0],
            None => self.all(),
        }
    }

    /// Returns the projects of all members.
    pub fn all(&self) -> Vec<&Project> {
        self.members.iter().map(|(project, _)| project).collect()
    }

    /// Returns the project that a command for one package is about: the one that the folder is in, the one that the workspace's
    /// manifest describes itself, or the only one.
    pub fn project(&self) -> Option<&Project> {
        let only = (self.members.len() == 1).then_some(0);
        let index = self.current.or(self.own).or(only)?;
        self.members.get(index).map(|(project, _)| project)
    }
}

/// Returns the registries of the project of a folder, or else of its workspace; none without a `witgen.toml`.
///
/// # Errors
///
/// As [`Workspace::find`].
pub fn registries(dir: &Path) -> Result<ProjectRegistries> {
    let Some(workspace) = Workspace::find(dir)? else {
        return Ok(ProjectRegistries::default());
    };
    let of_project = workspace.project().map(|project| project.config.registries.clone());
    Ok(of_project.unwrap_or(workspace.registries))
}

/// Returns the folder, the file and the contents of the manifest whose workspace a folder belongs to.
fn root_of(own: &Path) -> Result<Option<(PathBuf, PathBuf, Config)>> {
    for folder in above(own) {
        let Some((file, config)) = Config::find(&folder)? else {
            continue;
        };
        let Some(members) = &config.members else {
            continue;
        };
        let is_listed = |member: &Member| absolute(&folder.join(&member.path)) == absolute(own);
        if folder == own || absolute(&folder) == absolute(own) || members.iter().any(is_listed) {
            return Ok(Some((folder, file, config)));
        }
    }
    Ok(None)
}

/// Opens the members of a workspace, and the root's own project.
fn members(dir: &Path, root: &Path, file: &Path, config: &Config) -> Result<Vec<(Project, Place)>> {
    let listed = config.members.as_deref().unwrap_or_default();
    let mut seen: Vec<PathBuf> = Vec::new();
    let mut opened = Vec::new();
    let mut failures = Vec::new();
    for member in listed {
        let folder = member_folder(dir, root, &member.path);
        let canonical = folder.canonicalize().unwrap_or_else(|_| absolute(&folder));
        if seen.contains(&canonical) {
            let message = format!("`{}` is listed twice", member.path);
            failures.push(invalid(message, member).help("remove one of the two entries"));
            continue;
        }
        seen.push(canonical);
        match open(root, &folder, file, member) {
            Ok(project) => {
                let project = project.or_registries(&config.registries);
                opened.push((project, member.place.clone()));
            }
            Err(failure) => failures.extend(failure.into_diagnostics()),
        }
    }
    if let Some(failure) = Failure::of(failures) {
        return Err(failure);
    }
    let is_listed = root.canonicalize().is_ok_and(|root| seen.contains(&root));
    let has_outputs = config.describes_a_package() || !config.rust.is_empty();
    if !is_listed
        && (config.wit.is_some() || has_outputs)
        && let Some(project) = Project::open(root)?
    {
        opened.insert(0, (project, Place::path(file)));
    }
    Ok(opened)
}

/// Returns the path of a member's folder as seen from a directory, so that messages show `clocks/a.wit` and `../io/b.wit`.
fn member_folder(dir: &Path, root: &Path, path: &str) -> PathBuf {
    let up_and_down = relative(&absolute(dir), &absolute(&root.join(path)));
    let is_here = dir == Path::new(".") || dir.as_os_str().is_empty();
    match (is_here, up_and_down.as_str()) {
        (true, "") => PathBuf::from("."),
        (true, path) => PathBuf::from(path),
        (false, path) => dir.join(path),
    }
}

fn open(root: &Path, folder: &Path, file: &Path, member: &Member) -> Result<Project> {
    let path = &member.path;
    if !folder.is_dir() {
        let message = format!("the member `{path}` is not a directory");
        return Err(invalid(message, member)
            .help(format!("name a directory, starting from that of `{FILE}`"))
            .into());
    }
    if let Some(project) = Project::open(folder)? {
        if project.config.members.is_some() && absolute(folder) != absolute(root) {
            let message = format!("the member `{path}` is a workspace itself");
            return Err(invalid(message, member)
                .help("list its members here, and remove its `[workspace]`")
                .into());
        }
        return Ok(project);
    }
    Project::without_manifest(folder, file).ok_or_else(|| {
        let message = format!("the member `{path}` has no WIT package");
        let finding = Diagnostic::error(codes::NO_WIT, message).at(member.place.clone());
        finding
            .help(format!(
                "a member has `.wit` files, a directory `wit` or a `{FILE}`"
            ))
            .into()
    })
}

fn invalid(message: String, member: &Member) -> Diagnostic {
    Diagnostic::error(codes::INVALID_CONFIG, message).at(member.place.clone())
}

/// Rejects members that define the same package.
fn require_distinct(members: &[(Project, Place)], needs: &[Option<Needs>]) -> Result<()> {
    let named = || {
        members
            .iter()
            .zip(needs)
            .filter_map(|(it, needs)| Some((it, &needs.as_ref()?.name)))
    };
    let clashes = named().enumerate().filter_map(|(index, ((project, place), name))| {
        let ((first, _), _) = named().take(index).find(|(_, other)| *other == name)?;
        let (first, second) = (first.name(), project.name());
        let message = format!("the members `{first}` and `{second}` both define `{name}`");
        let finding = Diagnostic::error(codes::DUPLICATE_PACKAGE, message).at(place.clone());
        Some(finding.help("give one of them another version, or remove it from the workspace"))
    });
    match Failure::of(clashes.collect()) {
        Some(failure) => Err(failure),
        None => Ok(()),
    }
}

/// Rejects members whose outputs share a directory: each would remove what the other wrote.
fn require_own_directories(members: &[(Project, Place)]) -> Result<()> {
    let outputs = members.iter().flat_map(|(project, _)| {
        let jobs = jobs(project).into_iter();
        jobs.map(move |job| (project, real(&project.path(job.out())), job))
    });
    let deps = |project: &Project| Some(real(&project.wit_directory()?.join("deps")));
    let deps: Vec<(&Project, PathBuf)> = members
        .iter()
        .filter_map(|(project, _)| Some((project, deps(project)?)))
        .collect();
    let mut taken: HashMap<PathBuf, (&Project, Place)> = HashMap::new();
    let mut clashes = Vec::new();
    for (project, dir, job) in outputs {
        let place = job.place(project);
        if let Some((other, _)) = deps.iter().find(|(_, deps)| dir.starts_with(deps)) {
            let (shown, other) = (project.path(job.out()), other.name());
            let message = format!(
                "`{}` is the directory of dependencies of the member `{other}`",
                shown.display()
            );
            let finding = Diagnostic::error(codes::INVALID_CONFIG, message).at(place);
            clashes.push(finding.help("write the output into another directory"));
            continue;
        }
        match taken.get(&dir) {
            Some((other, first)) if other.dir != project.dir => {
                let shown = project.path(job.out());
                let (first_name, second_name) = (other.name(), project.name());
                let message = format!(
                    "the members `{first_name}` and `{second_name}` both write into `{}`",
                    shown.display()
                );
                let finding = Diagnostic::error(codes::INVALID_CONFIG, message).at(place);
                clashes.push(finding.at(first.clone()).help("give each its own directory"));
            }
            Some(_) => {}
            None => {
                taken.insert(dir, (project, place));
            }
        }
    }
    match Failure::of(clashes) {
        Some(failure) => Err(failure),
        None => Ok(()),
    }
}

/// Returns the indices of members, each after those that it needs; otherwise in the order of the manifest.
fn order(members: &[(Project, Place)], needs: &[Option<Needs>]) -> Result<Vec<usize>> {
    let mut graph = DiGraph::<usize, ()>::new();
    // petgraph's order is the reverse of what was added, among those without edges.
    let count = members.len();
    let nodes: Vec<_> = (0..count).rev().map(|index| graph.add_node(index)).collect();
    let node = |index: usize| nodes[count - 1 - index];
    for (user, needed) in needs.iter().enumerate() {
        let Some(needed) = needed else { continue };
        for (index, other) in needs.iter().enumerate() {
            let is_needed = other.as_ref().is_some_and(|it| needed.packages.contains(&it.name));
            let is_listed = lists(&members[user].0, &members[index].0);
            if (is_needed || is_listed) && index != user {
                graph.add_edge(node(index), node(user), ());
            }
        }
    }
    match toposort(&graph, None) {
        Ok(order) => Ok(order.into_iter().map(|node| graph[node]).collect()),
        Err(_) => Err(circle(&graph, members)),
    }
}

/// Whether a member is a path dependency of another one.
fn lists(user: &Project, other: &Project) -> bool {
    let mut paths = user.config.dependencies.iter().filter_map(|it| it.path.as_deref());
    let wit = other.wit_directory();
    paths.any(|path| {
        let dir = absolute(&user.path(path));
        dir == absolute(other.dir()) || wit.as_deref().is_some_and(|wit| dir == absolute(wit))
    })
}

/// The error for members that need each other.
fn circle(graph: &DiGraph<usize, ()>, members: &[(Project, Place)]) -> Failure {
    let circles = petgraph::algo::tarjan_scc(graph);
    let circles = circles.into_iter().filter(|it| it.len() > 1).map(|circle| {
        let mut indices: Vec<usize> = circle.into_iter().map(|node| graph[node]).collect();
        indices.sort_unstable();
        let names: Vec<String> =
            indices.iter().map(|index| format!("`{}`", members[*index].0.name())).collect();
        let message = format!(
            "the members {} depend on each other in a cycle",
            names.join(", ")
        );
        let finding = Diagnostic::error(codes::CIRCULAR_MEMBERS, message);
        let places = indices.iter().map(|index| members[*index].1.clone());
        places
            .fold(finding, Diagnostic::at)
            .help("move the shared items into another package")
    });
    Failure::of(circles.collect()).expect("a graph without an order has a circle")
}
