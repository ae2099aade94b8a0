//! One operation against one catalogue.

use crate::catalogue::{Catalogue, Fit, Kernel, Knows};
use crate::onnx::functions;
use crate::onnx::proto::FunctionProto;
use crate::onnx::walk::Call;
use crate::onnx::{Element, STANDARD_DOMAIN, Signature, ValueType};

/// What a server does with an operation.
pub(super) enum Decision {
    /// It has a kernel.
    Kernel,
    /// It has one for float, and the operation is half precision.
    Cast,
    /// It has none, and the standard makes the operation of others: of these,
    /// or of what the walk meets anyway.
    MadeOf(Option<&'static FunctionProto>),
    /// That cannot be told.
    Unknown(String),
    /// It will refuse the model.
    Missing(String),
}

/// What the catalogue's server does with this operation.
pub(super) fn decide(call: &Call<'_>, catalogue: &Catalogue) -> Decision {
    let refused = catalogue
        .refusals
        .iter()
        .find(|refusal| refusal.meets(call));
    if let Some(refusal) = refused {
        return Decision::Missing(refusal.text());
    }
    match catalogue.knows {
        Knows::Names => by_name(call, catalogue),
        Knows::Kernels => by_kernel(call, catalogue),
    }
}

/// Of a server that lists no versions and no types: that it lacks the name is
/// certain, all else is not.
fn by_name(call: &Call<'_>, catalogue: &Catalogue) -> Decision {
    let title = catalogue.title();
    if !catalogue.lists(call.domain, &call.node.op_type) {
        return Decision::Missing(format!("{title} has no operation of this name"));
    }
    Decision::Unknown(format!(
        "{title} has an operation of this name; for which versions and types it is right is \
         not known on paper"
    ))
}

fn by_kernel(call: &Call<'_>, catalogue: &Catalogue) -> Decision {
    let (domain, name) = (call.domain, call.node.op_type.as_str());
    let Some(version) = call.version else {
        return Decision::Missing(format!(
            "the model imports no version of the domain {domain}"
        ));
    };
    if domain == STANDARD_DOMAIN && name == "Constant" {
        // It becomes a stored tensor when the model is loaded.
        return Decision::Kernel;
    }
    if domain == STANDARD_DOMAIN && name == "CastLike" && catalogue.kernels(domain, name).is_empty()
    {
        return by_cast(call, catalogue, version);
    }
    let signature = catalogue.signature(domain, name, version);
    let since = signature.map_or(version, |signature| signature.since);
    let listed = catalogue.kernels(domain, name);
    let candidates = || listed.iter().filter(|kernel| kernel.is_for(since));
    let fits = |half| best(candidates().map(|kernel| kernel.fits(call, signature, half)));
    let as_is = fits(Element::FLOAT16);
    match as_is {
        Some(Fit::Takes) => return Decision::Kernel,
        Some(Fit::Untold(variable)) => {
            return Decision::Unknown(format!(
                "the type of {variable} cannot be told from the file, and not every type has a \
                 kernel"
            ));
        }
        Some(Fit::Refuses(..)) | None => {}
    }
    if let Some(made_of) = made_of(call, signature) {
        return made_of;
    }
    if is_half(call) && fits(Element::FLOAT) == Some(Fit::Takes) {
        return Decision::Cast;
    }
    Decision::Missing(missing(call, catalogue, listed, as_is))
}

/// `CastLike`, which becomes a `Cast` to the type of its second input.
fn by_cast(call: &Call<'_>, catalogue: &Catalogue, version: i64) -> Decision {
    let signature = catalogue.signature(STANDARD_DOMAIN, "Cast", version);
    let since = signature.map_or(version, |signature| signature.since);
    let listed = catalogue.kernels(STANDARD_DOMAIN, "Cast");
    let candidates = listed.iter().filter(|kernel| kernel.is_for(since));
    let fits = candidates.map(|kernel| kernel.fits(call, signature, Element::FLOAT16));
    match best(fits) {
        Some(Fit::Takes) => Decision::MadeOf(None),
        Some(Fit::Untold(_)) => Decision::Unknown(
            "it becomes a Cast, and the types of it cannot be told from the file".into(),
        ),
        Some(Fit::Refuses(variable, seen)) => Decision::Missing(format!(
            "it becomes a Cast, for which {} has no kernel with {variable}={seen}",
            catalogue.title()
        )),
        None => Decision::Missing(format!(
            "it becomes a Cast, which {} has in no version that fits",
            catalogue.title()
        )),
    }
}

/// What the standard makes this operation of.
fn made_of(call: &Call<'_>, signature: Option<&Signature>) -> Option<Decision> {
    signature?;
    if call.domain != STANDARD_DOMAIN {
        return None;
    }
    match call.node.op_type.as_str() {
        // Its subgraph is walked as such.
        "SequenceMap" => Some(Decision::MadeOf(None)),
        _ => functions::body(call).map(|body| Decision::MadeOf(Some(body))),
    }
}

fn is_half(call: &Call<'_>) -> bool {
    let half = ValueType::Tensor(Element::FLOAT16);
    let mut slots = call.inputs.iter().chain(&call.outputs);
    slots.any(|slot| slot.known() == Some(&half))
}

/// The best of the fits; none when there is no kernel.
fn best(fits: impl Iterator<Item = Fit>) -> Option<Fit> {
    fits.min_by_key(|fit| match fit {
        Fit::Takes => 0,
        Fit::Untold(_) => 1,
        Fit::Refuses(..) => 2,
    })
}

/// Why there is no kernel.
fn missing(
    call: &Call<'_>,
    catalogue: &Catalogue,
    listed: &[Kernel],
    as_is: Option<Fit>,
) -> String {
    let title = catalogue.title();
    let (domain, name) = (call.domain, &call.node.op_type);
    match as_is {
        Some(Fit::Refuses(variable, seen)) => {
            format!("{title} has no kernel for {variable}={seen}")
        }
        _ if !listed.is_empty() => {
            format!("{title} has {name}, but not this version of it")
        }
        _ if catalogue.has_domain(domain) => format!("{title} has no operation {name} of {domain}"),
        _ => format!("{title} knows no domain {domain}"),
    }
}
