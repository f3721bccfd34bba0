//! The origins of the file, as pools of servers.

use std::collections::BTreeMap;
use std::time::Duration;

use http::uri::{Authority, PathAndQuery};
use http::{StatusCode, Uri};
use witgen::chain_file::{Balance as BalanceEntry, ChainFile, Origin, OriginTarget, Setting};
use witgen::diagnostic::{Diagnostic, Failure, codes};
use witgen_serve::origin::{
    Balance, HealthSettings, OutlierSettings, PoolSettings, RetrySettings, TimeoutSettings,
};

use crate::serve::values;
use crate::serve::values::duration;

/// The pools that are targets of a chain's next hops, each with its name. The command line has the targets of the others.
#[derive(Clone, Debug, Default)]
pub struct ChainPools {
    pub origin: Option<(String, PoolSettings)>,
    /// By the names of the member and of its next hop.
    pub hops: BTreeMap<(String, String), (String, PoolSettings)>,
}

/// Returns the name and the settings of the pool that an origin stands for; `written` is where the file names it.
///
/// # Errors
///
/// All problems of the pool.
pub(super) fn of_target(
    file: &ChainFile,
    target: OriginTarget<'_>,
    written: &Setting<String>,
) -> Result<(String, PoolSettings), Failure> {
    match target {
        OriginTarget::Named(name) => {
            let origins = &file.contents().origins;
            let entry = origins.iter().find(|(known, _)| known.as_str() == name);
            let (key, origin) = entry.ok_or_else(|| not_a_server(file, written, name, ""))?;
            Ok((name.to_owned(), settings(file, key, origin)?))
        }
        OriginTarget::Url(url) => {
            let server = server(file, written, url)?;
            let name = server.to_string();
            let settings = PoolSettings {
                servers: vec![server],
                ..PoolSettings::default()
            };
            Ok((name, settings))
        }
    }
}

fn settings(
    file: &ChainFile,
    name: &Setting<String>,
    origin: &Origin,
) -> Result<PoolSettings, Failure> {
    let servers = origin.servers.iter().map(|url| {
        values::server(&url.0).map_err(|help| {
            let message = format!("`{}` is not the URL of a server", url.0);
            Failure::from(error(message).at(file.place(url)).help(help))
        })
    });
    let default = PoolSettings::default();
    let settings = PoolSettings {
        servers: Failure::collect(servers)?,
        balance: match origin.balance.as_deref() {
            Some(BalanceEntry::LeastRequests) => Balance::LeastRequests,
            _ => Balance::RoundRobin,
        },
        health: health(file, origin)?,
        outliers: outliers(origin).or(default.outliers),
        retries: retries(origin),
        timeouts: timeouts(origin),
    };
    let faults = settings.faults().into_iter();
    let faults = faults.map(|fault| {
        error(format!("the origin `{}` can't be used: {fault}", **name)).at(file.place(name))
    });
    Failure::of(faults.collect()).map_or(Ok(settings), Err)
}

fn health(file: &ChainFile, origin: &Origin) -> Result<Option<HealthSettings>, Failure> {
    let Some(health) = origin.health.as_deref() else {
        return Ok(None);
    };
    let invalid = |written: &Setting<String>, what: &str| {
        Failure::from(error(format!("`{}` is not {what}", **written)).at(file.place(written)))
    };
    let default = HealthSettings::default();
    let path: PathAndQuery = health.path.parse().map_err(|_| invalid(&health.path, "a path"))?;
    let host = health.host.as_ref().map(|host| {
        let authority: Result<Authority, _> = host.parse();
        authority.map_err(|_| invalid(host, "a host"))
    });
    let statuses = health.status.iter().map(|status| {
        StatusCode::from_u16(**status).map_err(|_| {
            let message = format!("`{}` is not a status code", **status);
            Failure::from(error(message).at(file.place(status)))
        })
    });
    Ok(Some(HealthSettings {
        path,
        host: host.transpose()?,
        interval: time(&health.interval).unwrap_or(default.interval),
        timeout: time(&health.timeout).unwrap_or(default.timeout),
        unhealthy_after: health.unhealthy_after.as_deref().map_or(default.unhealthy_after, |n| *n),
        healthy_after: health.healthy_after.as_deref().map_or(default.healthy_after, |n| *n),
        statuses: Failure::collect(statuses)?,
    }))
}

fn outliers(origin: &Origin) -> Option<OutlierSettings> {
    let outliers = origin.outliers.as_deref()?;
    let default = OutlierSettings::default();
    Some(OutlierSettings {
        failures: outliers.failures.as_deref().map_or(default.failures, |n| *n),
        base: time(&outliers.ejection).unwrap_or(default.base),
        max: time(&outliers.max_ejection).unwrap_or(default.max),
        max_percent: outliers.max_ejected_percent.as_deref().map_or(default.max_percent, |n| *n),
    })
}

fn retries(origin: &Origin) -> RetrySettings {
    let default = RetrySettings::default();
    let Some(retries) = origin.retries.as_deref() else {
        return default;
    };
    let attempts = retries.attempts.as_deref().map(|n| usize::try_from(*n).unwrap_or(usize::MAX));
    RetrySettings {
        max: attempts.unwrap_or(default.max),
        percent: retries.budget_percent.as_deref().map_or(default.percent, |n| *n),
        min_per_second: retries.min_per_second.as_deref().map_or(default.min_per_second, |n| *n),
    }
}

fn timeouts(origin: &Origin) -> TimeoutSettings {
    let default = TimeoutSettings::default();
    let Some(timeouts) = origin.timeouts.as_deref() else {
        return default;
    };
    TimeoutSettings {
        connect: time(&timeouts.connect).or(default.connect),
        first_byte: time(&timeouts.first_byte).or(default.first_byte),
        between_bytes: time(&timeouts.between_bytes).or(default.between_bytes),
    }
}

/// Returns a time of the file, which has been checked when that was read.
fn time(setting: &Option<Setting<String>>) -> Option<Duration> {
    duration(setting.as_ref()?).ok()
}

fn server(file: &ChainFile, written: &Setting<String>, url: &str) -> Result<Uri, Failure> {
    values::server(url).map_err(|help| not_a_server(file, written, url, &help))
}

fn not_a_server(file: &ChainFile, written: &Setting<String>, url: &str, help: &str) -> Failure {
    let error = error(format!("`{url}` is not the URL of a server")).at(file.place(written));
    if help.is_empty() {
        error.into()
    } else {
        error.help(help).into()
    }
}

fn error(message: String) -> Diagnostic {
    Diagnostic::error(codes::INVALID_CHAIN_FILE, message)
}
