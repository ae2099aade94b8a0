//! From what a case names to what is staged.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use seatrial_serving::protocol::{Generic, OpenInference, Protocol, TensorFlow};
use seatrial_serving::sandbox::Limits;
use seatrial_serving::{Examples, Staging};
use seatrial_spec::Declaration;

use super::declaration::{Load, PackageDeclaration, ProtocolName, ServerDeclaration};
use crate::check::{Failure, Outcome};
use crate::{Context, Host};

/// A package on a server, with what the trainer answers.
pub(super) struct Staged {
    /// Both names, for people.
    pub name: String,
    /// Its server and package for names of measurements.
    pub label: String,
    /// What is staged.
    pub staging: Staging,
    /// What it is asked.
    pub examples: Examples,
}

/// What becomes of a pair of a package and a server.
pub(super) enum Pair {
    /// It can be staged.
    Staged(Box<Staged>),
    /// Its server is not on this machine, for this reason.
    Absent(String),
}

/// Stages the package that one key of the case names on the server that
/// another does.
///
/// # Errors
/// When the declarations do not hold together.
pub(super) fn stage(context: &Context, package: &str, server: &str) -> Outcome<Pair> {
    let own = PackageDeclaration::of(context, package)?;
    let declared = ServerDeclaration::of(context, server)?;
    let package = context.declaration(package)?;
    let server = context.declaration(server)?;
    let Some(examples) = &own.examples else {
        return Err(Failure::Case(format!(
            "package `{}` has no `examples`: a JSON file of inputs with the trainer's answers",
            package.name
        )));
    };
    let examples = Examples::read(examples.as_path()).map_err(case)?;
    let servers = servers(context.host);
    if let Some(reason) = absent(&declared, &servers, context.host) {
        return Ok(Pair::Absent(format!("server `{}` {reason}", server.name)));
    }
    let folder = context.spec_file().parent().unwrap_or(Path::new("."));
    let folder = std::path::absolute(folder).map_err(|error| Failure::Host(error.to_string()))?;
    Ok(Pair::Staged(Box::new(Staged {
        name: format!("package `{}` on server `{}`", package.name, server.name),
        label: format!("package={},server={}", package.name, server.name),
        staging: staging(&server.name, declared, package, &own, folder, servers),
        examples,
    })))
}

fn staging(
    name: &str,
    server: ServerDeclaration,
    package: &Declaration,
    own: &PackageDeclaration,
    folder: PathBuf,
    servers: PathBuf,
) -> Staging {
    let layout = server.layout.iter();
    Staging {
        server: name.to_owned(),
        protocol: protocol(&server),
        limits: Limits {
            memory_bytes: server.memory_mib_max.map(|mib| (mib.get() as u64) << 20),
            cpus: server.cpus.map(|cpus| cpus.get()),
        },
        layout: layout
            .map(|(at, from)| (at.clone(), from.as_path().to_owned()))
            .collect(),
        command: server.command,
        environment: server.environment,
        folder,
        package: Some(own.path.as_path().to_owned()),
        package_at: server.package_at,
        model: own.model.clone().unwrap_or_else(|| package.name.clone()),
        port: server.port,
        servers,
    }
}

fn protocol(server: &ServerDeclaration) -> Arc<dyn Protocol> {
    match (server.protocol, &server.generic) {
        (ProtocolName::Tensorflow, _) => Arc::new(TensorFlow),
        (ProtocolName::Generic, Some(generic)) => Arc::new(Generic {
            ready: generic.ready.clone(),
            infer: generic.infer.clone(),
            request: generic.request.clone(),
            outputs: generic.outputs.clone(),
        }),
        _ => Arc::new(OpenInference {
            loads_when_told: server.load == Load::Request,
        }),
    }
}

/// The folder of server environments.
fn servers(host: &dyn Host) -> PathBuf {
    host.servers()
        .map_or_else(|| host.state().join("servers"), Path::to_path_buf)
}

/// Why a server that lives in the folder of environments is not there, unless
/// the user named that folder: then it must be, and starting it will tell.
fn absent(server: &ServerDeclaration, servers: &Path, host: &dyn Host) -> Option<String> {
    let written = server.command.first()?.strip_prefix("{servers}/")?;
    let missing = host.servers().is_none() && !servers.join(written).exists();
    missing.then(|| {
        format!(
            "is not on this machine: `ci/servers.sh` puts it into {}",
            servers.display()
        )
    })
}

fn case(error: impl ToString) -> Failure {
    Failure::Case(error.to_string())
}
