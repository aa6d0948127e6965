"""What models run on here, told without loading JAX where it can be told so."""

from __future__ import annotations

from importlib.metadata import entry_points


def device_here(wanted: str | None = None) -> str:
    """What models run on: 'cpu', or such as 'gpu: NVIDIA H100 80GB HBM3'.

    JAX finds a GPU only by a plug-in that is installed beside it. Without one it need not be loaded,
    which takes half a second; with one it is asked, since its driver or device may be missing.

    Args:
        wanted: 'cpu' or 'gpu', as a person asked for; None for what is there.

    Raises:
        DeviceUnavailable: `wanted` is not there.
    """
    if wanted == "cpu" or (wanted is None and not entry_points(group="jax_plugins")):
        return "cpu"
    from vporganizer.encoder.inference import device_label, pick_device

    return device_label(pick_device(wanted))
