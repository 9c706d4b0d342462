"""LatentFX core: sound, effects, models and latent space, without a screen.

A map of the package, in the order sound travels through it:

    audio/    io (read, write), clips (shipped recordings), spectrogram (the joint spectrogram and its inverse),
              views (what a dry/wet pair gives away), inversion (back to sound), measure (dB, LUFS, Hz)
    effects/  parameter (one knob), rack (EFFECTS, the eight effects), render (dry -> wet with pedalboard),
              code (a setting as a script of its own)
    models/   joint_vae, phase_vae (the same with phases), factor_vae (content and effect apart), week5_vae (the
              report's), checkpoint (a folder on disk)
    latent/   layout (named parts of z), paths (from z_a to z_b), projection (PCA, UMAP), atlas (16,000 settings),
              axes (what each of them means)
    hub       a name -> a verified local folder: checkpoints/, the cache, the Hub; publish
    explorer  a loaded checkpoint and everything a person does with it

Axis order everywhere: (batch, channel, time), (batch, channel, bin, frame), (batch, latent), (step, latent).
Sound is float32 mono at 24 kHz.
"""
