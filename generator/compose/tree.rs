//! Finds the target of each next hop of a chain, from the settings of single hops and from the order of the line.

use std::collections::BTreeSet;

use super::chain::{Chain, Target};
use super::hop::{self, Hop};
use super::member::Member;
use super::requirements::compatible;
use crate::diagnostic::{Diagnostic, Failure, Result, codes};

/// The members of a chain, and where each next hop leads. A chain without branches is a tree too.
pub(super) struct Tree<'a> {
    /// The outermost first, and after each one those that it leads to, by its first hop first.
    pub members: Vec<&'a Member>,
    /// Each after all those that it leads to.
    pub callees_first: Vec<&'a Member>,
    /// In the order of the chain's members and of their imports.
    pub links: Vec<Link<'a>>,
}

/// A next hop, and where it leads.
pub(super) struct Link<'a> {
    pub member: &'a Member,
    pub hop: &'a Hop,
    pub target: LinkTarget<'a>,
}

/// Where a next hop leads.
#[derive(Clone, Copy)]
pub(super) enum LinkTarget<'a> {
    /// To the host, explicitly or by default.
    Host {
        is_chosen: bool,
    },
    Denied,
    Member(&'a Member),
}

impl Link<'_> {
    /// The names of the member and of its next hop.
    pub fn key(&self) -> (String, String) {
        (self.member.name().to_owned(), self.hop.name().to_owned())
    }
}

impl<'a> Tree<'a> {
    /// Decides where each next hop leads.
    ///
    /// # Errors
    ///
    /// Each member that can't call the member after it, each link between incompatible versions, and members that call each
    /// other in a cycle. Also members without a caller, and each open next hop of a closed line.
    pub fn of(chain: &'a Chain) -> Result<Self> {
        let links = chain.members.iter().enumerate().map(|(at, member)| {
            let following = chain.members[..chain.line].get(at + 1);
            links(chain, member, following)
        });
        let links: Vec<Vec<Link<'a>>> = Failure::collect(links)?;
        let tree = Tree {
            members: Vec::new(),
            callees_first: Vec::new(),
            links: links.into_iter().flatten().collect(),
        };
        let is_compatible = tree.links.iter().map(|link| match link.target {
            LinkTarget::Member(other) => compatible(link.member, link.hop, other),
            _ => Ok(()),
        });
        Failure::collect::<(), ()>(is_compatible)?;
        let tree = tree.ordered(chain)?;
        tree.check_open_hops(chain)?;
        Ok(tree)
    }

    /// The links of a member.
    pub fn links_of<'s>(&'s self, member: &'s Member) -> impl Iterator<Item = &'s Link<'a>> {
        self.links.iter().filter(move |link| std::ptr::eq(link.member, member))
    }

    /// The next hops that are left to the host.
    pub fn open(&self) -> impl Iterator<Item = &Link<'a>> {
        self.links.iter().filter(|link| matches!(link.target, LinkTarget::Host { .. }))
    }

    /// The next hops that lead nowhere, and weren't left to the host on purpose.
    pub fn unchosen(&self) -> impl Iterator<Item = &Link<'a>> {
        let is_unchosen =
            |link: &&Link<'a>| matches!(link.target, LinkTarget::Host { is_chosen: false });
        self.links.iter().filter(is_unchosen)
    }

    /// Whether each member calls at most the one that comes after it.
    pub fn is_line(&self) -> bool {
        self.members.iter().enumerate().all(|(at, member)| {
            let mut targets = self.links_of(member).filter_map(|link| link.target.member());
            targets.all(|target| {
                self.members.get(at + 1).is_some_and(|next| std::ptr::eq(*next, target))
            })
        })
    }

    /// The members in the order of calls.
    fn ordered(mut self, chain: &'a Chain) -> Result<Self> {
        let mut walk = Walk {
            tree: &self,
            done: BTreeSet::new(),
            callees_first: Vec::new(),
        };
        let outermost = &chain.members[0];
        walk.visit(outermost, &mut Vec::new())?;
        let reached = walk.callees_first.len();
        for member in &chain.members {
            walk.visit(member, &mut Vec::new())?;
        }
        let unreached = &walk.callees_first[reached..];
        if let Some(member) = unreached.last() {
            let message = format!("no next hop leads to `{}`", member.name());
            return Err(member
                .error(codes::UNREACHABLE_MEMBER, message)
                .help("link a next hop of another member to it, or leave it out")
                .into());
        }
        self.callees_first = walk.callees_first;
        self.members = preorder(&self, outermost);
        Ok(self)
    }

    /// Rejects next hops that are left open by oversight: in a chain whose line is closed.
    fn check_open_hops(&self, chain: &Chain) -> Result<()> {
        let last = &chain.members[chain.line - 1];
        let is_open = self.open().any(|link| std::ptr::eq(link.member, last));
        if is_open || chain.leaves_open {
            return Ok(());
        }
        let errors = self.unchosen().map(|link| {
            let (member, hop) = (link.member.name(), link.hop.name());
            let message =
                format!("the next hop `{hop}` of `{member}` is open, although the last member closes the chain");
            let error = link.member.error(codes::OPEN_HOP, message);
            error.help(format!(
                "link it: `--hop {member}.{hop}=FILE`, or `--hop {member}.{hop}=deny`; `=host` leaves it to the host"
            ))
        });
        Failure::of(errors.collect()).map_or(Ok(()), Err)
    }
}

impl<'a> LinkTarget<'a> {
    pub fn member(self) -> Option<&'a Member> {
        match self {
            LinkTarget::Member(member) => Some(member),
            _ => None,
        }
    }
}

/// Decides where the next hops of a member lead, which another one may follow in the line.
fn links<'a>(
    chain: &'a Chain,
    member: &'a Member,
    following: Option<&'a Member>,
) -> Result<Vec<Link<'a>>> {
    let chosen = |hop: &Hop| {
        let key = (member.name().to_owned(), hop.name().to_owned());
        chain.hops.get(&key)
    };
    let leads_to_following = |hop: &Hop| match (chosen(hop), following) {
        (Some(Target::Member(name)), Some(following)) => name == following.name(),
        _ => false,
    };
    let by_line = match following {
        Some(following) if !member.next_hops().any(leads_to_following) => {
            let free: Vec<_> = member.next_hops().filter(|hop| chosen(hop).is_none()).collect();
            let hop = hop::default(&free).ok_or_else(|| no_hop_to(member, following, &free))?;
            Some((hop, following))
        }
        _ => None,
    };
    let links = member.next_hops().map(|hop| Link {
        member,
        hop,
        target: match (chosen(hop), by_line) {
            (Some(Target::Member(name)), _) => LinkTarget::Member(
                chain.member(name).expect("targets are checked when they are chosen"),
            ),
            (Some(Target::Denied), _) => LinkTarget::Denied,
            (Some(Target::Host), _) => LinkTarget::Host { is_chosen: true },
            (None, Some((default, following))) if default == hop => LinkTarget::Member(following),
            (None, _) => LinkTarget::Host { is_chosen: false },
        },
    });
    Ok(links.collect())
}

/// Why a member leads by none of its free hops to the one that follows it.
fn no_hop_to(member: &Member, following: &Member, free: &[&Hop]) -> Diagnostic {
    let (name, next) = (member.name(), following.name());
    if free.is_empty() {
        let mut hops = member.next_hops();
        let (hop, several) = (hops.next().map_or("", Hop::name), hops.next().is_some());
        let message = if several {
            format!("`{next}` follows `{name}`, but all next hops of `{name}` have other targets")
        } else {
            format!(
                "the next hop `{hop}` of `{name}` has two targets: `--hop`, and `{next}`, which follows `{name}`"
            )
        };
        return member
            .error(codes::TWO_TARGETS, message)
            .help(format!("leave out a `--hop` of `{name}`, or `{next}`"));
    }
    let message = format!(
        "`{name}` has several next hops, and each could lead to `{next}`, which follows it: {}",
        hop::list(free.iter().copied())
    );
    let choices = free.iter().map(|hop| format!("`--hop {name}.{}=…`", hop.name()));
    let choices: Vec<_> = choices.collect();
    let error = member.error(codes::AMBIGUOUS_HOP, message);
    error.help(format!("choose a target for each: {}", choices.join(", ")))
}

/// A walk from callers to callees, which finds cycles.
struct Walk<'t, 'a> {
    tree: &'t Tree<'a>,
    done: BTreeSet<&'a str>,
    callees_first: Vec<&'a Member>,
}

impl<'a> Walk<'_, 'a> {
    /// Visits a member and all that it leads to; `path` is how it was reached.
    fn visit(&mut self, member: &'a Member, path: &mut Vec<(&'a Member, &'a Hop)>) -> Result<()> {
        if self.done.contains(member.name()) {
            return Ok(());
        }
        if let Some(start) = path.iter().position(|(other, _)| std::ptr::eq(*other, member)) {
            return Err(cycle(&path[start..]).into());
        }
        let tree = self.tree;
        for link in tree.links_of(member) {
            if let Some(target) = link.target.member() {
                path.push((link.member, link.hop));
                self.visit(target, path)?;
                path.pop();
            }
        }
        self.done.insert(member.name());
        self.callees_first.push(member);
        Ok(())
    }
}

/// The error for hops that lead in a cycle.
fn cycle(path: &[(&Member, &Hop)]) -> Diagnostic {
    let (last, hop) = path.last().expect("a cycle has a hop");
    let steps = path.iter().map(|(member, hop)| format!("{}.{}", member.name(), hop.name()));
    let steps: Vec<_> = steps.chain([path[0].0.name().to_owned()]).collect();
    let message = format!("the next hops form a cycle: {}", steps.join(" -> "));
    last.error(codes::HOP_CYCLE, message).help(format!(
        "link `--hop {}.{}` to another component; `NAME=FILE` adds the same file as a second member",
        last.name(),
        hop.name()
    ))
}

/// The members that one leads to, itself first, and after each one those that it leads to, by its first hop first.
fn preorder<'a>(tree: &Tree<'a>, outermost: &'a Member) -> Vec<&'a Member> {
    let mut members: Vec<&'a Member> = Vec::new();
    let mut next = vec![outermost];
    while let Some(member) = next.pop() {
        if members.iter().any(|known| std::ptr::eq(*known, member)) {
            continue;
        }
        members.push(member);
        let targets: Vec<_> =
            tree.links_of(member).filter_map(|link| link.target.member()).collect();
        next.extend(targets.into_iter().rev());
    }
    members
}
