"""LatentFX core: sound, effects, models and latent space, without a screen.

A map of the package, in the order sound travels through it:

    audio/    io (read, write), clips (shipped recordings), spectrogram (the joint spectrogram and its inverse),
              measurements (what a dry/wet pair gives away), inversion (back to sound), measure (dB, LUFS, Hz),
              distance (between two sounds), stft and deconvolution (what the others look through)
    effects/  parameter (one knob), rack (EFFECTS, the eight effects), render (dry -> wet with pedalboard), blend
              (several at once), automation and live (knobs that move while they sound), code and morph_code (scripts)
    models/   joint_vae, phase_vae (the same with phases), factor_vae (content and effect apart), week5_vae (the
              report's), controller (z -> effect and knobs), limits (ranges of their sizes)
    checkpoints/  folder (a model on disk), limits (what may be in it), arrival (files arrive together), reference
              (what it is called), cache (what is here), reach (is the Hub there), hub (a name -> a verified folder)
    latent/   layout (named parts of z), paths (from point to point), graph (along the data), projection (PCA, UMAP),
              atlas (16,000 settings), axes (what each axis of w means)
    explorer  a loaded checkpoint and everything a person does with it
    interpolation (a path and its voices), over_time (a morph of a whole recording), path_measures, path_file (a path
    as JSON), matching, polish (from a wet sound to its setting), hub (a name -> a verified folder)

Axis order everywhere: (batch, channel, time), (batch, channel, bin, frame), (batch, latent), (step, latent).
Sound is float32 mono at 24 kHz.
"""
