"""Serves a logistic regression: POST /predict {"rows": [[income, debt], …]}."""

import http.server
import json
import math
import sys

MODEL = json.load(open(sys.argv[2]))


def probability(row):
    scaled = [(x - m) / s for x, m, s in zip(row, MODEL["mean"], MODEL["deviation"])]
    z = MODEL["bias"] + sum(w * x for w, x in zip(MODEL["weights"], scaled))
    return [1 / (1 + math.exp(-z))]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, content):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(200 if self.path == "/health" else 404, {})

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            rows = json.loads(body)["rows"]
            sound = rows and all(
                len(row) == len(MODEL["weights"]) and all(type(x) in (int, float) for x in row)
                for row in rows
            )
        except (ValueError, TypeError, KeyError):
            sound = False
        if sound:
            self.answer(200, {"probabilities": [probability(row) for row in rows]})
        else:
            self.answer(400, {"error": "rows must be pairs of numbers"})

    def log_message(self, *arguments):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
