//! Numbers in the order of asking, as most frameworks hand them out.

use crate::{Stream, Streams};

/// A stream shared by everything that asks, with a record of who asked.
#[derive(Clone, Debug)]
pub struct Sequential {
    stream: Stream,
    order: Vec<String>,
}

impl Sequential {
    /// Starts from the stream named `sequential`.
    pub fn new(streams: &Streams) -> Self {
        Self {
            stream: streams.stream("sequential"),
            order: Vec::new(),
        }
    }

    /// The names that have asked, in order.
    pub fn order(&self) -> &[String] {
        &self.order
    }
}

/// Where a component's numbers come from: its name, or its place in the queue.
#[derive(Clone, Debug)]
pub enum Draws {
    /// By name: construction order does not matter.
    Named(Streams),
    /// By order of asking.
    Sequential(Sequential),
}

impl Draws {
    /// Lets `draw` take what the component of this name needs.
    pub fn with<T>(&mut self, name: &str, draw: impl FnOnce(&mut Stream) -> T) -> T {
        match self {
            Draws::Named(streams) => draw(&mut streams.stream(name)),
            Draws::Sequential(queue) => {
                queue.order.push(name.to_owned());
                draw(&mut queue.stream)
            }
        }
    }
}
