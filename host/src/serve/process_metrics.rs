//! The metrics of the process, by the names that Prometheus's client libraries give them.

use std::fmt;

use procfs::process::{LimitValue, Process};
use procfs::{ProcResult, WithCurrentSystemInfo as _};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Unit;

/// Collects the metrics of this process.
#[derive(Debug)]
pub struct ProcessMetrics;

/// The resources that the process uses.
struct Usage {
    cpu_seconds: f64,
    resident_bytes: i64,
    virtual_bytes: i64,
    open_files: i64,
    /// `None` if there is no limit.
    max_files: Option<i64>,
    /// Seconds since 1970.
    start: f64,
    threads: i64,
}

impl Usage {
    fn read() -> ProcResult<Self> {
        let process = Process::myself()?;
        let stat = process.stat()?;
        let ticks = procfs::ticks_per_second() as f64;
        let max_files = match process.limits()?.max_open_files.soft_limit {
            LimitValue::Value(max) => Some(saturated(max)),
            LimitValue::Unlimited => None,
        };
        Ok(Usage {
            cpu_seconds: (stat.utime + stat.stime) as f64 / ticks,
            resident_bytes: saturated(stat.rss_bytes().get()),
            virtual_bytes: saturated(stat.vsize),
            open_files: saturated(process.fd_count()? as u64),
            max_files,
            start: procfs::boot_time_secs()? as f64 + stat.starttime as f64 / ticks,
            threads: stat.num_threads,
        })
    }
}

fn saturated(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl Collector for ProcessMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        // Where `/proc` isn't mounted, there is nothing to show.
        let Ok(usage) = Usage::read() else {
            return Ok(());
        };
        let mut add = |name: &str, unit: Option<Unit>, help: &str, metric: &dyn EncodeMetric| {
            let kind = metric.metric_type();
            metric.encode(encoder.encode_descriptor(name, help, unit.as_ref(), kind)?)
        };
        let cpu = ConstCounter::new(usage.cpu_seconds);
        let help = "CPU time, of user and system";
        add("process_cpu", Some(Unit::Seconds), help, &cpu)?;
        let resident = ConstGauge::new(usage.resident_bytes);
        let help = "Memory that is resident";
        add(
            "process_resident_memory",
            Some(Unit::Bytes),
            help,
            &resident,
        )?;
        let reserved = ConstGauge::new(usage.virtual_bytes);
        let help = "Address space, most of which is only reserved for instances";
        add("process_virtual_memory", Some(Unit::Bytes), help, &reserved)?;
        let open = ConstGauge::new(usage.open_files);
        add(
            "process_open_fds",
            None,
            "File descriptors that are open",
            &open,
        )?;
        if let Some(max) = usage.max_files {
            let help = "File descriptors that may be open";
            add("process_max_fds", None, help, &ConstGauge::new(max))?;
        }
        let start = ConstGauge::new(usage.start);
        let help = "When the process started, since 1970";
        add("process_start_time", Some(Unit::Seconds), help, &start)?;
        let threads = ConstGauge::new(usage.threads);
        add("process_threads", None, "Threads", &threads)
    }
}
