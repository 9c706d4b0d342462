# The dashboard as an image, also for a Space.
# With a GPU or without, but 4 GB of CUDA libraries: docker build -t latentfx .
# CPU alone: docker build -t latentfx --build-arg TORCH_INDEX=<address of PyTorch's own CPU index> .
FROM python:3.11-slim

# jemalloc: with it, memory stays level under many visitors. Spaces run as user 1000, too.
RUN apt-get update && apt-get install -y --no-install-recommends libjemalloc2 && rm -rf /var/lib/apt/lists/* && \
    useradd --create-home --uid 1000 user
USER user
ENV PATH=/home/user/.local/bin:$PATH \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    LD_PRELOAD=libjemalloc.so.2 \
    MALLOC_CONF=background_thread:true,narenas:4 \
    OMP_WAIT_POLICY=PASSIVE \
    STREAMLIT_SERVER_ADDRESS=0.0.0.0 \
    STREAMLIT_SERVER_PORT=8501 \
    STREAMLIT_SERVER_HEADLESS=true \
    STREAMLIT_SERVER_FILE_WATCHER_TYPE=none
WORKDIR /home/user/app

# Every Python package at one version and by its hash; what PyTorch's own index has instead, at its version.
COPY --chown=user .github/requirements.txt requirements.txt
ARG TORCH_INDEX=""
RUN if [ -n "$TORCH_INDEX" ]; then \
      pip install --user --index-url "$TORCH_INDEX" $(grep -oE '^torch(audio)?==[0-9.]+' requirements.txt) && \
      awk '/^[a-z]/ {keep = !/^(torch|torchaudio|triton|nvidia-.*|cuda-.*)==/} keep' requirements.txt > rest.txt && \
      mv rest.txt requirements.txt; \
    fi && \
    pip install --user --require-hashes --no-deps -r requirements.txt

# A volume mounted here takes over its owner.
RUN mkdir -p /home/user/.cache/latentfx
COPY --chown=user .streamlit .streamlit
COPY --chown=user core core
COPY --chown=user pages pages
COPY --chown=user checkpoints checkpoints
COPY --chown=user streamlit_app.py streamlit_app.py
COPY --chown=user LICENSE LICENSE

EXPOSE 8501
HEALTHCHECK --start-period=60s --timeout=5s CMD python -c "import os, urllib.request as request; \
    request.urlopen('http://127.0.0.1:' + os.environ['STREAMLIT_SERVER_PORT'] + '/_stcore/health')"

# A Space shows the page in a frame of another site, where an upload needs a cookie that travels: there, and only there.
# A container sees all cores of its host: CPU_CORES is what a Space was given.
CMD if [ -n "$SPACE_ID" ]; then export STREAMLIT_SERVER_XSRF_COOKIE_SAME_SITE=none; fi; \
    export OMP_NUM_THREADS="${OMP_NUM_THREADS:-${CPU_CORES:-$(nproc)}}"; \
    exec streamlit run streamlit_app.py
