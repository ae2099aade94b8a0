//! What `table-schema` must catch, and what it must pass. The tables are those of
//! `tests/support`, spoiled in one way each.

use crate::{Fault, Planted, Sound};

pub(super) const PLANTED: Planted = Planted {
    faults: &[
        Fault {
            name: "a missing column",
            spec: r#"
                [dataset.log]
                path = "log.csv"
                label = "label"
                [test.x]
                check = "table-schema"
                dataset = "log"
                columns.region = { type = "text" }
            "#,
            says: "no column is named `region`",
        },
        Fault {
            name: "a number beyond its range",
            spec: r#"
                [dataset.log]
                path = "log-percent.csv"
                label = "label"
                [test.x]
                check = "table-schema"
                dataset = "log"
                columns.score = { type = "number", min = 0, max = 1 }
            "#,
            says: "is above the most allowed; so are",
        },
        Fault {
            name: "a value that stands twice",
            spec: r#"
                [dataset.log]
                path = "log-twice.csv"
                label = "label"
                [test.x]
                check = "table-schema"
                dataset = "log"
                columns.id = { type = "integer", unique = true }
            "#,
            says: "row 79: the value stands in an earlier row too",
        },
        Fault {
            name: "another type",
            spec: r#"
                [dataset.log]
                path = "log.csv"
                label = "label"
                [test.x]
                check = "table-schema"
                dataset = "log"
                columns.score = { type = "integer" }
            "#,
            says: "column `score`: is `number`, not `integer`",
        },
        Fault {
            name: "a value that is none of those allowed",
            spec: r#"
                [dataset.log]
                path = "log.csv"
                label = "label"
                [test.x]
                check = "table-schema"
                dataset = "log"
                columns.country = { values = ["de", "fr", "us"] }
            "#,
            says: "`jp` is none of the values allowed",
        },
        Fault {
            name: "a missing cell",
            spec: r#"
                [dataset.log]
                path = "log-gap.csv"
                label = "label"
                [test.x]
                check = "table-schema"
                dataset = "log"
                columns.country = { type = "text" }
            "#,
            says: "column `country`, row 3: the cell is missing",
        },
        Fault {
            name: "a NaN in one score",
            spec: r#"
                [dataset.log]
                path = "log-nan.csv"
                label = "label"
                [test.x]
                check = "table-schema"
                dataset = "log"
                columns.score = { min = 0, max = 1 }
            "#,
            says: "row 1235: `NaN` is no finite number",
        },
        Fault {
            name: "a NaN in a score of no declared range",
            spec: r#"
                [dataset.log]
                path = "log-nan.csv"
                label = "label"
                [test.x]
                check = "table-schema"
                dataset = "log"
                columns.score = { type = "number" }
            "#,
            says: "row 1235: `NaN` is no finite number",
        },
        Fault {
            name: "a word in a column of numbers",
            spec: r#"
                [dataset.log]
                path = "log-words.csv"
                label = "label"
                [test.x]
                check = "table-schema"
                dataset = "log"
                columns.score = { type = "number" }
            "#,
            says: "row 1235: `n/a` is no number, where most cells of the column are",
        },
        Fault {
            name: "a column too many",
            spec: r#"
                [dataset.log]
                path = "log.csv"
                label = "label"
                [test.x]
                check = "table-schema"
                dataset = "log"
                closed = true
                columns.id = { type = "integer" }
            "#,
            says: "column `age`: is not declared",
        },
        Fault {
            name: "a file that is cut within its last number",
            spec: r#"
                [dataset.log]
                path = "log-cut.csv"
                label = "label"
                [test.x]
                check = "table-schema"
                dataset = "log"
                rows_min = 4000
                columns.id = { type = "integer", unique = true, min = 0 }
                columns.score = { type = "number", min = 0, max = 1 }
                columns.age = { min = 1, max = 90 }
            "#,
            says: "log-cut.csv: the last line does not end with a newline, and may be cut short",
        },
    ],
    sound: &[
        Sound {
            name: "a file that is written without a last newline",
            spec: r#"
                [dataset.log]
                path = "log-open.csv"
                label = "label"
                [test.x]
                check = "table-schema"
                dataset = "log"
                rows_min = 4000
                open_end = true
                columns.id = { type = "integer", unique = true, min = 0 }
                columns.age = { min = 18, max = 90 }
            "#,
        },
        Sound {
            name: "a table as declared",
            spec: r#"
                [dataset.log]
                path = "log.csv"
                label = "label"
                [test.x]
                check = "table-schema"
                dataset = "log"
                closed = true
                rows_min = 4000
                columns.id = { type = "integer", unique = true, min = 0 }
                columns.label = { values = ["0", "1"] }
                columns.score = { type = "number", min = 0, max = 1 }
                columns.earlier = { type = "number" }
                columns.country = { values = ["de", "fr", "us", "jp"] }
                columns.device = { type = "text" }
                columns.age = { min = 18, max = 90 }
            "#,
        },
        Sound {
            name: "a cell that may be missing",
            spec: r#"
                [dataset.log]
                path = "log-gap.csv"
                label = "label"
                [test.x]
                check = "table-schema"
                dataset = "log"
                columns.country = { type = "text", missing_max = 0.001 }
            "#,
        },
    ],
};
