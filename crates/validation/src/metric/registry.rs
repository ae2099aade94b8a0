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
    average_precision::FAMILY,
    mean_absolute_error::FAMILY,
    mean_squared_error::MSE,
    mean_squared_error::RMSE,
    r2::FAMILY,
];

/// All families, in the order in which they are documented.
pub fn families() -> &'static [Family] {
    FAMILIES
}
