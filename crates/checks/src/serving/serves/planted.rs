//! What `serves` must catch, and what it must pass.

use crate::{Fault, Planted, Sound};

pub(super) const PLANTED: Planted = Planted {
    faults: FAULTS,
    sound: SOUND,
};

const FAULTS: &[Fault] = &[
    Fault {
        name: "a server that exits at once",
        spec: r#"
            [server.specimen]
            command = ["./specimen-server", "--port={port}", "--model={package}", "--fault=exits"]
            [test.x]
            check = "serves"
            package = "loans"
            server = "specimen"
        "#,
        says: "exited: it ended with status 3",
    },
    Fault {
        name: "a server that never listens",
        spec: r#"
            [server.specimen]
            command = ["./specimen-server", "--port={port}", "--model={package}", "--fault=never-listens"]
            [test.x]
            check = "serves"
            package = "loans"
            server = "specimen"
            start_s_max = 0.5
        "#,
        says: "never ready: no answer on port 8000",
    },
    Fault {
        name: "a server that listens on another port",
        spec: r#"
            [server.specimen]
            command = ["./specimen-server", "--port={port}", "--model={package}", "--fault=wrong-port"]
            [test.x]
            check = "serves"
            package = "loans"
            server = "specimen"
            start_s_max = 0.5
        "#,
        says: "it listens on 8001",
    },
    Fault {
        name: "a server that answers and is never ready",
        spec: r#"
            [server.specimen]
            command = ["./specimen-server", "--port={port}", "--model={package}", "--fault=never-ready"]
            [test.x]
            check = "serves"
            package = "loans"
            server = "specimen"
            load_s_max = 0.5
        "#,
        says: "never ready: `loans` is not ready after 0.5 s; asked, it says 503: warming up",
    },
    Fault {
        name: "a server that refuses to load, as Triton says it",
        spec: r#"
            [server.specimen]
            command = ["./specimen-server", "--port={port}", "--model={package}", "--load=request", "--fault=refuses-load"]
            load = "request"
            [test.x]
            check = "serves"
            package = "loans"
            server = "specimen"
        "#,
        says: "load refused: 400: {\"error\":\"failed to load",
    },
    Fault {
        name: "a server that refuses to load, as MLServer says it",
        spec: r#"
            [server.specimen]
            command = ["./specimen-server", "--port={port}", "--model={package}", "--load=request", "--dialect=mlserver", "--fault=refuses-load"]
            load = "request"
            [test.x]
            check = "serves"
            package = "loans"
            server = "specimen"
        "#,
        says: "load refused: 500: Internal Server Error",
    },
    Fault {
        name: "a server that refuses to load, as KServe says it",
        spec: r#"
            [server.specimen]
            command = ["./specimen-server", "--port={port}", "--model={package}", "--load=request", "--dialect=kserve", "--fault=refuses-load"]
            load = "request"
            [test.x]
            check = "serves"
            package = "loans"
            server = "specimen"
        "#,
        says: "load refused: 503: {\"error\":\"failed to load",
    },
    Fault {
        name: "a server that hangs on load",
        spec: r#"
            [server.specimen]
            command = ["./specimen-server", "--port={port}", "--model={package}", "--load=request", "--fault=hangs-on-load"]
            load = "request"
            [test.x]
            check = "serves"
            package = "loans"
            server = "specimen"
            load_s_max = 0.5
        "#,
        says: "load hung: told to load `loans`, it gave no answer in 0.5 s",
    },
    Fault {
        name: "a server that is ready and broken",
        spec: r#"
            [server.specimen]
            command = ["./specimen-server", "--port={port}", "--model={package}", "--fault=ready-and-broken"]
            [test.x]
            check = "serves"
            package = "loans"
            server = "specimen"
        "#,
        says: "ready but not serving: 500: the worker is gone",
    },
    Fault {
        name: "a server that answers the previous model",
        spec: r#"
            [server.specimen]
            command = ["./specimen-server", "--port={port}", "--model=loan-model-next.json"]
            [test.x]
            check = "serves"
            package = "loans"
            server = "specimen"
        "#,
        says: "wrong answer: output `probability`, example 0",
    },
    Fault {
        name: "a server that swaps two outputs",
        spec: r#"
            [server.specimen]
            command = ["./specimen-server", "--port={port}", "--model={package}", "--fault=swaps-outputs"]
            [test.x]
            check = "serves"
            package = "loans"
            server = "specimen"
        "#,
        says: "wrong answer: output `ratio`, example 0: 0.321428571 expected, 0.726",
    },
    Fault {
        name: "a server that forgets the preprocessing",
        spec: r#"
            [server.specimen]
            command = ["./specimen-server", "--port={port}", "--model={package}", "--fault=forgets-preprocessing"]
            [test.x]
            check = "serves"
            package = "loans"
            server = "specimen"
        "#,
        says: "wrong answer: output `probability`, example 0: 0.726242445 expected, 1 seen",
    },
    Fault {
        name: "a server that loses NaN",
        spec: r#"
            [server.specimen]
            command = ["./specimen-server", "--port={port}", "--model={package}", "--fault=loses-nan"]
            [test.x]
            check = "serves"
            package = "loans"
            server = "specimen"
        "#,
        says: "non-finite lost: in a batch of 1: output `ratio`, example 2: NaN expected, 0 seen",
    },
    Fault {
        name: "a server that dies on the tenth request",
        spec: r#"
            [server.specimen]
            command = ["./specimen-server", "--port={port}", "--model={package}", "--fault=dies-on-the-tenth"]
            [test.x]
            check = "serves"
            package = "loans"
            server = "specimen"
        "#,
        says: "exited: in a batch of 3: it ended with signal 6 (SIGABRT)",
    },
    Fault {
        name: "a server that leaks memory",
        spec: r#"
            [server.specimen]
            command = ["./specimen-server", "--port={port}", "--model={package}", "--fault=leaks"]
            [test.x]
            check = "serves"
            package = "loans"
            server = "specimen"
            requests = 100
        "#,
        says: "too big: memory_mib_growth is 100",
    },
    Fault {
        name: "a server that uses more memory than it may",
        spec: r#"
            [server.specimen]
            command = ["./specimen-server", "--port={port}", "--model={package}", "--fault=leaks"]
            memory_mib_max = 48
            [test.x]
            check = "serves"
            package = "loans"
            server = "specimen"
        "#,
        says: "too big",
    },
    Fault {
        name: "a server that is too slow",
        spec: r#"
            [server.specimen]
            command = ["./specimen-server", "--port={port}", "--model={package}", "--fault=slow"]
            [test.x]
            check = "serves"
            package = "loans"
            server = "specimen"
            latency_ms_p99_max = 20
            requests = 20
        "#,
        says: "too slow: latency_ms_p99 is",
    },
    Fault {
        name: "a server that forks and leaves a child listening",
        spec: r#"
            [server.specimen]
            command = ["./specimen-server", "--port={port}", "--model={package}", "--fault=forks-and-leaves"]
            [test.x]
            check = "serves"
            package = "loans"
            server = "specimen"
        "#,
        says: "its own process ended, and left `specimen-server` listening on port 8000",
    },
    Fault {
        name: "a server that leaves a child listening when it ends",
        spec: r#"
            [server.specimen]
            command = ["./specimen-server", "--port={port}", "--model={package}", "--fault=leaves-a-child"]
            [test.x]
            check = "serves"
            package = "loans"
            server = "specimen"
            stop_s_max = 0.5
        "#,
        says: "left listening",
    },
    Fault {
        name: "a server that takes bad requests",
        spec: r#"
            [server.specimen]
            command = ["./specimen-server", "--port={port}", "--model={package}", "--fault=takes-anything"]
            [test.x]
            check = "serves"
            package = "loans"
            server = "specimen"
        "#,
        says: "bad request accepted: a bad request (wrong-name) was not refused: 200",
    },
    Fault {
        name: "a server that dies of a bad request",
        spec: r#"
            [server.specimen]
            command = ["./specimen-server", "--port={port}", "--model={package}", "--fault=dies-of-bad-json"]
            [test.x]
            check = "serves"
            package = "loans"
            server = "specimen"
        "#,
        says: "exited: after a bad request (not-json), it ended with signal 6",
    },
    Fault {
        name: "a server that answers a gigabyte",
        spec: r#"
            [server.specimen]
            command = ["./specimen-server", "--port={port}", "--model={package}", "--fault=answers-a-gigabyte"]
            [test.x]
            check = "serves"
            package = "loans"
            server = "specimen"
        "#,
        says: "an answer of more than 67108864 bytes",
    },
    Fault {
        name: "a server that never ends its answer",
        spec: r#"
            [server.specimen]
            command = ["./specimen-server", "--port={port}", "--model={package}", "--fault=never-closes"]
            [test.x]
            check = "serves"
            package = "loans"
            server = "specimen"
            answer_s_max = 0.3
        "#,
        says: "no whole answer after 0.3 s",
    },
    Fault {
        name: "a server that redirects elsewhere",
        spec: r#"
            [server.specimen]
            command = ["./specimen-server", "--port={port}", "--model={package}", "--fault=redirects"]
            [test.x]
            check = "serves"
            package = "loans"
            server = "specimen"
        "#,
        says: "a redirection to `http://192.0.2.1/elsewhere`, which is not followed",
    },
    Fault {
        name: "a server that prints a gigabyte",
        spec: r#"
            [server.specimen]
            command = ["./specimen-server", "--port={port}", "--model={package}", "--fault=prints-a-gigabyte"]
            [test.x]
            check = "serves"
            package = "loans"
            server = "specimen"
        "#,
        says: "too big: it printed more than 256 MiB",
    },
];

const SOUND: &[Sound] = &[
    Sound {
        name: "Triton's dialect",
        spec: r#"
            [server.specimen]
            command = ["./specimen-server", "--port={port}", "--model={package}", "--dialect=triton", "--load=request"]
            load = "request"
            [test.x]
            check = "serves"
            package = "loans"
            server = "specimen"
        "#,
    },
    Sound {
        name: "MLServer's dialect",
        spec: r#"
            [server.specimen]
            command = ["./specimen-server", "--port={port}", "--model={package}", "--dialect=mlserver", "--load=request"]
            load = "request"
            [test.x]
            check = "serves"
            package = "loans"
            server = "specimen"
        "#,
    },
    Sound {
        name: "KServe's dialect",
        spec: r#"
            [server.specimen]
            command = ["./specimen-server", "--port={port}", "--model={package}", "--dialect=kserve"]
            [test.x]
            check = "serves"
            package = "loans"
            server = "specimen"
        "#,
    },
    Sound {
        name: "TensorFlow Serving",
        spec: r#"
            [server.specimen]
            command = ["./specimen-server", "--port={port}", "--model={package}", "--dialect=tensorflow"]
            protocol = "tensorflow"
            [test.x]
            check = "serves"
            package = "loans"
            server = "specimen"
        "#,
    },
    Sound {
        name: "a form of its own",
        spec: r#"
            [server.specimen]
            command = ["./specimen-server", "--port={port}", "--model={package}", "--dialect=generic"]
            protocol = "generic"
            generic = { ready = "/health", infer = "/predict", request = '{"rows": {x}}', outputs = { probability = "/result/p", ratio = "/result/r" } }
            [test.x]
            check = "serves"
            package = "loans"
            server = "specimen"
        "#,
    },
    Sound {
        name: "limits that hold",
        spec: r#"
            [server.specimen]
            command = ["./specimen-server", "--port={port}", "--model={package}"]
            memory_mib_max = 256
            cpus = 1
            [test.x]
            check = "serves"
            package = "loans"
            server = "specimen"
            latency_ms_p99_max = 5000
            throughput_min = 0.1
            concurrency = 8
        "#,
    },
    Sound {
        name: "a matrix of servers and versions in one case",
        spec: r#"
            [server.one]
            command = ["./specimen-server", "--port={port}", "--model={package}"]
            [server.other]
            command = ["./specimen-server", "--port={port}", "--model={package}", "--dialect=mlserver"]
            [test.x]
            check = "serves"
            package = "loans-next"
            server = "one"
            also_on = ["other"]
            previous = "loans"
            starts = 1
        "#,
    },
];
