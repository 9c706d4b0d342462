"""LatentFX core: sound, effects, models and latent space, without a screen.

A map of the package, in the order sound travels through it:

    audio/    io (read, write), own (read at its own rate), clips (shipped recordings), spectrogram (the joint
              spectrogram and its inverse), measurements (what a dry/wet pair gives away), inversion (back to
              sound), measure (dB, LUFS, Hz), distance (between two sounds), rate (other rates and
              channels), given (what scripts give, or a sentence), stft and deconvolution (what the others look
              through)
    effects/  parameter (one knob), rack (EFFECTS, an entry each), chain (settings, one behind the other), chain_file
              (JSON), knobs (all knobs in a row), render (dry -> wet with pedalboard), amount (so much of a setting),
              fade (effects that come and go), blend (several at once), automation, score and live (knobs that move
              while they sound), code (scripts that do the same without us)
    models/   joint_vae, phase_vae (the same with phases), factor_vae (content and effect apart), week5_vae (the
              report's), codec (one of them with its spectrogram on a device: sound -> z -> sound; what another must
              offer), reconstruction (a pair there and back), controller (z -> effect and knobs), controllers (those of
              a checkpoint on a device), on_device (where the GPU is full, the CPU goes on), limits (ranges of sizes),
              points (z and w as scripts give them)
    checkpoints/  folder (a model on disk), limits (what may be in it), arrival (files arrive together), reference
              (what it is called), cache (what is here), reach (is the Hub there), hub (a name -> a verified folder)
    latent/   layout (named parts of z), atlas (known settings), latent_map (what answers questions about it), graph
              (along the data), projection (PCA, UMAP), axes (what each axis of w means)
    match/    align (the lag between two sounds), pair (both, heard at their own rate), reading and estimate (what the
              network says), match (which chain turned one into the other), single (one effect), chains (several),
              polish and together (a few steps downhill: descent, oscillator, fresh, held), at_once (candidates, by
              several threads), telltale (knobs that can be read off the sounds), search (CMA-ES)
    paths/    route (how to go), lock (knobs that stay), alignment (of two chains), arithmetic (differences), space
              (what it runs through, and the points along it), interpolation (the steps one went), voices (what is
              heard there), measures, over_time (a morph of a whole recording), path_file and content (JSON), table
              (CSV)
    explorer  the face: a loaded checkpoint and everything a person does with it
    folder/   any number of recordings, in parallel, into a table: the command `latentfx`
    own_map/  a recording's own map: draw (settings), listener and worker (heard), making (in processes), file, likeness
    apart     matches in processes of their own; processes: what those are made of
    strict_json   JSON from strangers; cells: their words in tables

Axis order everywhere: (batch, channel, time), (batch, channel, bin, frame), (batch, latent), (step, latent).
Sound is float32 mono at 24 kHz.
"""

import os

# Threads of a computation that wait for each other sleep: spinning, as is their way, they take the core from whoever
# they wait for (a match beside a busy browser took 22 s instead of 2). Read when torch is imported, which is later.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
