//! Times as people read them.

use chrono::{DateTime, Utc};

/// Such as `2026-03-01 04:05:06Z`.
pub fn utc(ms: i64) -> String {
    let time = DateTime::<Utc>::from_timestamp_millis(ms).unwrap_or_default();
    time.format("%Y-%m-%d %H:%M:%SZ").to_string()
}
