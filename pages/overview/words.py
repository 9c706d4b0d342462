"""What the overview says: of each page, and of the words that all pages use."""

PAGES = {
    "report": "The student's report this began with, its figures live; and a view for presenters.",
    "clusters": "Thousands of settings of eight effects, and chains of two, on one map. Click a point to hear it.",
    "reconstruct": "Your sound or one of ours through an effect, beside what the network keeps of it.",
    "interpolate": "A path from one effect to another, heard while it moves.",
    "play": "Every effect and knob held by a few numbers: drag a point and hear it.",
    "match": "A dry and a wet sound in, the effect and its knobs out.",
    "models": "Every checkpoint side by side: what it is, and how it scores beside honest baselines.",
}
"""Folder of each page but this one, and what to do there."""

GLOSSARY = {
    "Dry, wet": "a recording before and after an effect.",
    "Effect": "what changes the sound: delay, reverb, overdrive and five more, played by real plug-ins.",
    "Knob": "one parameter of an effect, from 0 to 1 of its way.",
    "Setting": "an effect and where each of its knobs stands.",
    "VAE": "variational autoencoder: a network that squeezes a sound into few numbers and learns to rebuild it from "
    "them, so that near numbers sound alike.",
    "Latent space": "all the points those numbers can make; each stands for a sound.",
    "Atlas": "the points of thousands of known settings in that space: the map.",
    "Controller": "a second network that reads effect and knobs off a point.",
    "Polished": "an answer of the controller whose knobs were then turned downhill, with the real effect, towards the "
    "sound to match.",
    "Preset": "a point and a setting that you keep under a name.",
    "Checkpoint": "a trained network as a folder of files; all pages use the one in the sidebar.",
}
"""Word: what it means here."""
