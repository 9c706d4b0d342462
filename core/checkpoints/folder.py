"""A checkpoint: a folder with config.json, weights.safetensors, atlas.npz and README.md (a Hub model card).

A folder may come from a stranger. Its files are bounded before they are read, its configuration before anything is
built from it, and the header of its weights is held against the model's outline before there is memory for either.
"""

import json
import re
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn

from core.checkpoints.arrival import arriving, settle
from core.checkpoints.limits import HEADER_BYTES, JSON_DEPTH, MOST_WEIGHTS, CheckpointError, file_of
from core.checkpoints.meaning import Meaning
from core.models.codec import VAE
from core.models.controller import Controller, ControllerConfig
from core.models.factor_vae import FactorVAE, FactorVAEConfig
from core.models.joint_vae import JointVAE, JointVAEConfig
from core.models.phase_vae import PhaseVAE, PhaseVAEConfig
from core.models.week5_vae import Week5VAE, Week5VAEConfig
from core.strict_json import Finite, JsonError, UnknownField, parse, plain, read

MODELS: dict[str, tuple[type, type]] = {
    "factor_vae": (FactorVAE, FactorVAEConfig),
    "joint_vae": (JointVAE, JointVAEConfig),
    "phase_vae": (PhaseVAE, PhaseVAEConfig),
    "week5_vae": (Week5VAE, Week5VAEConfig),
}
"""By name: a model and what rebuilds it. Another one is a file in core/models and an entry here."""

_MOST_CONTROLLERS = 256
_DTYPES = {True: ("F16", "BF16", "F32"), False: ("I64",)}  # of floating-point tensors and of counters


class Model(nn.Module, VAE):
    """What a checkpoint holds, in the words of types: an nn.Module that offers what VAE names."""


@dataclass(frozen=True)
class CheckpointConfig:
    """What config.json holds: the model and what rebuilds it, what it was trained on, what it scored.

    effects: the names of the effects it saw. meaning: what its numbers stand for; None where it does not say, as those
    made before it was asked for. controllers: what rebuilds each, by name; there may be none.
    training, scores: plain values for people and pages; they change nothing.
    """

    model: str
    model_config: dict[str, Any]
    effects: tuple[str, ...]
    meaning: Meaning | None = None
    controllers: dict[str, Any] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)
    scores: dict[str, Any] = field(default_factory=dict)


def build(name: str, model_config: dict[str, Any]) -> Model:
    """A fresh model of that name; CheckpointError for an unknown name or field or a value out of range."""
    if name not in MODELS:
        raise CheckpointError(f"The model '{plain(name)}' is unknown; known: {', '.join(MODELS)}.")
    model, config = MODELS[name]
    try:
        return model(read(config, model_config, "model_config"))
    except (ValueError, ArithmeticError, RuntimeError) as error:
        raise CheckpointError(f"The configuration does not describe a {name}: {error}.") from error


def save(folder: Path, model: nn.Module, config: CheckpointConfig, dtype: torch.dtype = torch.float16) -> None:
    """Write config.json and weights.safetensors; both arrive, whole, or neither does.

    Weights are stored as dtype: half precision halves the file, and what it rounds away is 60 dB under the weights.
    What comes back from `load` is what was stored, bit for bit.
    """
    with arriving(folder) as staged:
        _write(staged / "weights.safetensors", model.state_dict(), dtype)
        _write_config(staged, config)


def save_controllers(folder: Path, controllers: dict[str, Controller], config: CheckpointConfig) -> None:
    """Write controllers.safetensors, and config.json with what rebuilds them; both arrive, whole, or neither does.

    In half precision, as `save` writes weights.
    """
    tensors = {f"{name}.{key}": value for name, one in controllers.items() for key, value in one.state_dict().items()}
    described = {name: json.loads(json.dumps(asdict(one.config))) for name, one in controllers.items()}
    with arriving(folder) as staged:
        _write(staged / "controllers.safetensors", tensors, torch.float16)
        _write_config(staged, replace(config, controllers=described))


def save_config(folder: Path, config: CheckpointConfig) -> None:
    """Write config.json; it arrives whole or not at all."""
    with arriving(folder) as staged:
        _write_config(staged, config)


def _write_config(folder: Path, config: CheckpointConfig) -> None:
    (folder / "config.json").write_text(json.dumps(asdict(config), indent=1) + "\n")


def _write(path: Path, tensors: dict[str, torch.Tensor], dtype: torch.dtype) -> None:
    """Write a safetensors file, floating-point numbers as dtype."""
    save_file(
        {
            name: tensor.detach().cpu().to(dtype if tensor.is_floating_point() else tensor.dtype).contiguous()
            for name, tensor in tensors.items()
        },
        path,
    )
    path.chmod(0o644)  # safetensors writes for the owner alone


def load_config(folder: Path) -> CheckpointConfig:
    """Read config.json; CheckpointError where it is missing, broken, or has missing or unknown fields."""
    try:
        settle(folder)
    except OSError as error:
        raise CheckpointError(
            f"{folder.name}: writing it was interrupted, and its new files cannot be moved to their places "
            f"({error.strerror}). Please make the folder writable."
        ) from error
    where = f"{folder.name}: config.json"
    text = file_of(folder, "config.json").read_bytes()
    try:
        raw = parse(text)
        if _nests_deeper(raw, JSON_DEPTH):
            raise JsonError("", f"nests deeper than {JSON_DEPTH} objects")
        config = read(CheckpointConfig, raw)
        # The one fact that changes what a program does: where a match stops to count as explained.
        found = read(dict[str, Any], config.training.get("limits", {}), "training.limits")
        read(dict[str, Finite], found.get("leftover", {}), "training.limits.leftover")
    except UnknownField as error:
        raise CheckpointError(f"{where} {error}. It may be of a newer LatentFX; please use that one.") from error
    except JsonError as error:
        raise CheckpointError(f"{where} {error}. Please fetch the checkpoint again.") from error
    names = config.effects
    if not names or len(set(names)) < len(names) or not all(re.fullmatch(r"[\w -]{1,60}", name) for name in names):
        raise CheckpointError(f"{where}: effects must be different names of letters and digits.")
    if config.meaning and (misfit := config.meaning.misfit(names)):
        raise CheckpointError(
            f"{folder.name} is for {misfit}. Please train it anew, or use the LatentFX that it was made with."
        )
    return config


def _nests_deeper(value: Any, most: int) -> bool:
    """Whether more than `most` lists and objects lie in one another, the innermost value counted as one."""
    level = [value]
    for _ in range(most):
        level = [
            inner
            for one in level
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
    return bool(level)


def load(folder: Path) -> tuple[Model, CheckpointConfig]:
    """The model in eval mode and its configuration, strictly: every tensor present, of its shape, finite, none else.

    Raises CheckpointError with the file and the reason. Nothing is unpickled.
    """
    config = load_config(folder)
    weights = _read(folder, "weights.safetensors", outline(folder, config).state_dict())
    model = build(config.model, config.model_config)
    model.load_state_dict(weights, strict=True)
    return model.eval().requires_grad_(False), config


def outline(folder: Path, config: CheckpointConfig) -> Model:
    """The model without its weights: shapes that take no memory, for a look at what a configuration asks for."""
    try:
        with torch.device("meta"):
            return build(config.model, config.model_config)
    except CheckpointError as error:
        raise CheckpointError(f"{folder.name}: {error}") from error


def load_controllers(folder: Path, config: CheckpointConfig) -> dict[str, Controller]:
    """The controllers that config speaks of, by name, as strictly as `load`; none where it speaks of none."""
    if not config.controllers:
        return {}
    if len(config.controllers) > _MOST_CONTROLLERS:
        raise CheckpointError(f"{folder.name}: config.json has more than {_MOST_CONTROLLERS} controllers.")
    try:
        configs = {
            name: read(ControllerConfig, described, f"controllers.{plain(name)}")
            for name, described in config.controllers.items()
        }
    except JsonError as error:
        raise CheckpointError(f"{folder.name}: config.json does not describe a controller: {error}.") from error
    with torch.device("meta"):
        outlines = {name: Controller(own).state_dict() for name, own in configs.items()}
    expected = {f"{name}.{key}": value for name, state in outlines.items() for key, value in state.items()}
    weights = _read(folder, "controllers.safetensors", expected)
    controllers = {name: Controller(own) for name, own in configs.items()}
    for name, one in controllers.items():
        one.load_state_dict({key: weights[f"{name}.{key}"] for key in one.state_dict()}, strict=True)
        one.eval().requires_grad_(False)
    return controllers


def _read(folder: Path, name: str, expected: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The tensors of a safetensors file: those expected, of their shapes, finite, and none else; CheckpointError.

    expected: by name, of the wanted shape and type, without memory. Nothing is read before the header agrees.
    """
    path, where = file_of(folder, name), f"{folder.name}: "
    if sum(tensor.numel() for tensor in expected.values()) > MOST_WEIGHTS:
        raise CheckpointError(f"{where}config.json asks for more than {MOST_WEIGHTS:,} weights.")
    with path.open("rb") as raw:
        header = int.from_bytes(raw.read(8), "little")
    if header > HEADER_BYTES:
        raise CheckpointError(
            f"{where}{name} is damaged or no safetensors file: its header claims {header:,} bytes. "
            "Files of other kinds can hold programs and are never opened."
        )
    weights = {}
    try:
        with safe_open(path, framework="pt") as file:
            names = set(file.keys())
            if missing := sorted(set(expected) - names):
                raise CheckpointError(f"{where}{name} lacks {plain(missing[0])} ({len(missing)} in all).")
            if unknown := sorted(names - set(expected)):
                raise CheckpointError(f"{where}{name} holds an unknown tensor {plain(unknown[0])}.")
            for key, tensor in expected.items():
                there = file.get_slice(key)
                if (shape := tuple(there.get_shape())) != tuple(tensor.shape):
                    raise CheckpointError(f"{where}{plain(key)} has shape {shape}, not {tuple(tensor.shape)}.")
                if (dtype := there.get_dtype()) not in (known := _DTYPES[tensor.is_floating_point()]):
                    raise CheckpointError(f"{where}{plain(key)} is stored as {dtype}, not as {' or '.join(known)}.")
            for key, tensor in expected.items():
                weights[key] = file.get_tensor(key).to(tensor.dtype)
                if not torch.isfinite(weights[key]).all():
                    raise CheckpointError(f"{where}{plain(key)} holds values that are not numbers.")
    except (SafetensorError, OSError) as error:
        reason = f"{where}{name} is damaged ({plain(error)}). Please fetch the checkpoint again."
        raise CheckpointError(reason) from error
    return weights
