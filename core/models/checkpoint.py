"""A checkpoint: a folder with config.json, weights.safetensors, atlas.npz and README.md (a Hub model card)."""

import json
import os
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn

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

FILES = ("config.json", "weights.safetensors", "atlas.npz", "README.md")


class CheckpointError(ValueError):
    """A checkpoint folder that cannot be used, with the file, the reason and the remedy in plain words."""


@dataclass(frozen=True)
class CheckpointConfig:
    """What config.json holds: the model and what rebuilds it, what it was trained on, what it scored.

    effects: the names of the effects it saw. training, scores: plain values for people and pages; they change nothing.
    """

    model: str
    model_config: dict[str, Any]
    effects: tuple[str, ...]
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
    weights = {
        name: tensor.detach().cpu().to(dtype if tensor.is_floating_point() else tensor.dtype).contiguous()
        for name, tensor in model.state_dict().items()
    }
    partial = folder / "weights.partial"
    save_file(weights, partial)
    partial.chmod(0o644)  # safetensors writes for the owner alone
    os.replace(partial, folder / "weights.safetensors")
    save_config(folder, config)


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
    return CheckpointConfig(**{**raw, "effects": tuple(raw["effects"])})


def load(folder: Path) -> tuple[Model, CheckpointConfig]:
    """The model in eval mode and its configuration, strictly: every tensor present, of its shape, finite, none else.

    Raises CheckpointError with the file and the reason. Nothing is unpickled.
    """
    config = load_config(folder)
    model = build(config.model, config.model_config)
    path = folder / "weights.safetensors"
    if not path.is_file():
        raise CheckpointError(f"{folder.name}: weights.safetensors is missing. Please fetch the checkpoint again.")
    expected = model.state_dict()
    try:
        with safe_open(path, framework="pt") as file:
            names = set(file.keys())
            if missing := sorted(set(expected) - names):
                raise CheckpointError(f"{folder.name}: weights.safetensors lacks {missing[0]} ({len(missing)} in all).")
            if unknown := sorted(names - set(expected)):
                raise CheckpointError(f"{folder.name}: weights.safetensors holds an unknown tensor {unknown[0]}.")
            for name, tensor in expected.items():
                shape = tuple(file.get_slice(name).get_shape())
                if shape != tuple(tensor.shape):
                    raise CheckpointError(f"{folder.name}: {name} has shape {shape}, not {tuple(tensor.shape)}.")
            weights = {name: file.get_tensor(name).to(tensor.dtype) for name, tensor in expected.items()}
    except (SafetensorError, OSError) as error:
        raise CheckpointError(
            f"{folder.name}: weights.safetensors is damaged ({error}). Please fetch the checkpoint again."
        ) from error
    for name, tensor in weights.items():
        if not torch.isfinite(tensor).all():
            raise CheckpointError(f"{folder.name}: {name} holds values that are not numbers.")
    model.load_state_dict(weights, strict=True)
    return model.eval().requires_grad_(False), config
