"""A checkpoint: a folder with config.json, weights.safetensors, atlas.npz and README.md (a Hub model card)."""

import json
import os
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn

from core.models.controller import Controller, ControllerConfig
from core.models.factor_vae import FactorVAE, FactorVAEConfig
from core.models.joint_vae import JointVAE, JointVAEConfig
from core.models.phase_vae import PhaseVAE, PhaseVAEConfig
from core.models.week5_vae import Week5VAE, Week5VAEConfig

MODELS: dict[str, tuple[type, type]] = {
    "factor_vae": (FactorVAE, FactorVAEConfig),
    "joint_vae": (JointVAE, JointVAEConfig),
    "phase_vae": (PhaseVAE, PhaseVAEConfig),
    "week5_vae": (Week5VAE, Week5VAEConfig),
}
Model = FactorVAE | JointVAE | Week5VAE
"""What a checkpoint may hold: encode, decode and their kin, see JointVAE."""

FILES = ("config.json", "weights.safetensors", "controllers.safetensors", "atlas.npz", "README.md", "study.png")


class CheckpointError(ValueError):
    """A checkpoint folder that cannot be used, with the file, the reason and the remedy in plain words."""


@dataclass(frozen=True)
class CheckpointConfig:
    """What config.json holds: the model and what rebuilds it, what it was trained on, what it scored.

    effects: the names of the effects it saw. controllers: what rebuilds each, by name; there may be none.
    training, scores: plain values for people and pages; they change nothing.
    """

    model: str
    model_config: dict[str, Any]
    effects: tuple[str, ...]
    controllers: dict[str, dict[str, Any]] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)
    scores: dict[str, Any] = field(default_factory=dict)


def build(name: str, model_config: dict[str, Any]) -> Model:
    """A fresh model of that name; CheckpointError for an unknown name or field or a value out of range."""
    if name not in MODELS:
        raise CheckpointError(f"The model {name!r} is unknown; known: {', '.join(MODELS)}.")
    model, config = MODELS[name]
    try:
        return model(config(**model_config))
    except (TypeError, ValueError) as error:
        raise CheckpointError(f"The configuration does not describe a {name}: {error}.") from error


def save(folder: Path, model: nn.Module, config: CheckpointConfig, dtype: torch.dtype = torch.float16) -> None:
    """Write config.json and weights.safetensors; each file arrives whole or not at all.

    Weights are stored as dtype: half precision halves the file, and what it rounds away is 60 dB under the weights.
    What comes back from `load` is what was stored, bit for bit.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "weights.safetensors", model.state_dict(), dtype)
    save_config(folder, config)


def save_controllers(folder: Path, controllers: dict[str, Controller], config: CheckpointConfig) -> None:
    """Write controllers.safetensors, and config.json with what rebuilds them; each arrives whole or not at all."""
    tensors = {f"{name}.{key}": value for name, one in controllers.items() for key, value in one.state_dict().items()}
    _write(folder / "controllers.safetensors", tensors, torch.float32)
    plain = {name: json.loads(json.dumps(asdict(one.config))) for name, one in controllers.items()}
    save_config(folder, replace(config, controllers=plain))


def _write(path: Path, tensors: dict[str, torch.Tensor], dtype: torch.dtype) -> None:
    """Write a safetensors file, floating-point numbers as dtype."""
    partial = path.with_suffix(".partial")
    save_file(
        {
            name: tensor.detach().cpu().to(dtype if tensor.is_floating_point() else tensor.dtype).contiguous()
            for name, tensor in tensors.items()
        },
        partial,
    )
    partial.chmod(0o644)  # safetensors writes for the owner alone
    os.replace(partial, path)


def save_config(folder: Path, config: CheckpointConfig) -> None:
    """Write config.json; it arrives whole or not at all."""
    partial = folder / "config.partial"
    partial.write_text(json.dumps(asdict(config), indent=1) + "\n")
    os.replace(partial, folder / "config.json")


def load_config(folder: Path) -> CheckpointConfig:
    """Read config.json; CheckpointError where it is missing, broken, or has missing or unknown fields."""
    path = folder / "config.json"
    if not path.is_file():
        raise CheckpointError(f"{folder.name}: config.json is missing. A checkpoint folder holds {', '.join(FILES)}.")
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{folder.name}: config.json is not readable JSON ({error}).") from error
    if not isinstance(raw, dict):
        raise CheckpointError(f"{folder.name}: config.json holds no object.")
    known = {f.name for f in fields(CheckpointConfig)}
    if unknown := sorted(set(raw) - known):
        raise CheckpointError(f"{folder.name}: config.json has unknown fields: {', '.join(unknown)}.")
    if missing := sorted({"model", "model_config", "effects"} - set(raw)):
        raise CheckpointError(f"{folder.name}: config.json lacks {', '.join(missing)}.")
    for name in ("model_config", "controllers", "training", "scores"):
        if not isinstance(raw.get(name, {}), dict):
            raise CheckpointError(f"{folder.name}: config.json: {name} holds no object.")
    return CheckpointConfig(**{**raw, "effects": tuple(raw["effects"])})


def load(folder: Path) -> tuple[Model, CheckpointConfig]:
    """The model in eval mode and its configuration, strictly: every tensor present, of its shape, finite, none else.

    Raises CheckpointError with the file and the reason. Nothing is unpickled.
    """
    config = load_config(folder)
    model = build(config.model, config.model_config)
    model.load_state_dict(_read(folder / "weights.safetensors", model.state_dict()), strict=True)
    return model.eval().requires_grad_(False), config


def load_controllers(folder: Path, config: CheckpointConfig) -> dict[str, Controller]:
    """The controllers that config speaks of, by name, as strictly as `load`; none where it speaks of none."""
    controllers = {}
    for name, plain in config.controllers.items():
        try:
            controllers[name] = Controller(ControllerConfig(**plain))
        except (TypeError, ValueError) as error:
            raise CheckpointError(f"{folder.name}: config.json does not describe a controller: {error}.") from error
    if controllers:
        expected = {
            f"{name}.{key}": value for name, one in controllers.items() for key, value in one.state_dict().items()
        }
        weights = _read(folder / "controllers.safetensors", expected)
        for name, one in controllers.items():
            one.load_state_dict({key: weights[f"{name}.{key}"] for key in one.state_dict()}, strict=True)
            one.eval().requires_grad_(False)
    return controllers


def _read(path: Path, expected: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The tensors of a safetensors file: those expected, of their shapes, finite, and none else; CheckpointError."""
    where = f"{path.parent.name}: "
    if not path.is_file():
        raise CheckpointError(f"{where}{path.name} is missing. Please fetch the checkpoint again.")
    try:
        with safe_open(path, framework="pt") as file:
            names = set(file.keys())
            if missing := sorted(set(expected) - names):
                raise CheckpointError(f"{where}{path.name} lacks {missing[0]} ({len(missing)} in all).")
            if unknown := sorted(names - set(expected)):
                raise CheckpointError(f"{where}{path.name} holds an unknown tensor {unknown[0]}.")
            for name, tensor in expected.items():
                shape = tuple(file.get_slice(name).get_shape())
                if shape != tuple(tensor.shape):
                    raise CheckpointError(f"{where}{name} has shape {shape}, not {tuple(tensor.shape)}.")
            weights = {name: file.get_tensor(name).to(tensor.dtype) for name, tensor in expected.items()}
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"{where}{path.name} is damaged ({error}). Please fetch the checkpoint again.") from error
    for name, tensor in weights.items():
        if not torch.isfinite(tensor).all():
            raise CheckpointError(f"{where}{name} holds values that are not numbers.")
    return weights
