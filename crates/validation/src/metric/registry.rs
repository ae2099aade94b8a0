//! All families of metrics. A new one is one line here and one file beside.

use super::*;

static FAMILIES: &[Family] = &[
    accuracy::FAMILY,
    balanced_accuracy::FAMILY,
    precision::FAMILY,
    recall::FAMILY,
    specificity::FAMILY,
    f_beta::FAMILY,
    matthews::FAMILY,
    cohen_kappa::FAMILY,
    log_loss::FAMILY,
    brier::FAMILY,
    roc_auc::FAMILY,
    roc_auc_ovr::FAMILY,
    average_precision::FAMILY,
    recall_at_precision::FAMILY,
    recall_at_alert_rate::FAMILY,
    lift::FAMILY,
    top_k::FAMILY,
    calibration_error::EXPECTED,
    calibration_error::MAXIMUM,
    hamming_loss::FAMILY,
    mean_absolute_error::FAMILY,
    mean_squared_error::MSE,
    mean_squared_error::RMSE,
    r2::FAMILY,
    mape::FAMILY,
    pinball::FAMILY,
    coverage::FAMILY,
    interval_width::FAMILY,
    ndcg::FAMILY,
    mrr::FAMILY,
    map_at_k::FAMILY,
];

/// All families, in the order in which they are documented.
pub fn families() -> &'static [Family] {
    FAMILIES
}
