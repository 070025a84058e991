# docs/install.md tells how to build and run it, on a GPU too.
ARG BASE=python:3.11-slim
FROM ${BASE}

# of Debian or Ubuntu: what an extra is compiled with
ARG PACKAGES
# a base without Python, such as nvidia/cuda, gets that of its distribution
RUN command -v python3 > /dev/null || PACKAGES="$PACKAGES python3 python3-venv"; \
    test -z "$PACKAGES" || ( \
        apt-get update \
        && apt-get install --yes --no-install-recommends $PACKAGES \
        && rm -rf /var/lib/apt/lists/* )
RUN python3 -m venv /opt/coexplore
ENV PATH=/opt/coexplore/bin:$PATH PIP_NO_CACHE_DIR=1

# where pip finds packages, if not where it does by itself
ARG PIP_INDEX_URL
ARG PIP_EXTRA_INDEX_URL
# sb3, or several: sb3,nir,morl
ARG EXTRAS=

# dependencies before sources: a layer that a change of the code leaves as it is
WORKDIR /opt/coexplore/source
COPY pyproject.toml constraints.txt README.md LICENSE ./
RUN pip install --constraint constraints.txt torch
RUN pip install --constraint constraints.txt ".${EXTRAS:+[$EXTRAS]}"

COPY agents agents
COPY async_sim async_sim
COPY configs configs
COPY envs envs
COPY hwmodels hwmodels
COPY snn snn
RUN pip install --no-deps --force-reinstall . && rm -rf build

RUN useradd --create-home coexplore \
    && install --directory --owner=coexplore /work /work/runs /home/coexplore/.cache
USER coexplore
WORKDIR /work
# docker stop is Ctrl-C: what was evaluated is kept
STOPSIGNAL SIGINT
ENTRYPOINT ["python", "-m"]
CMD ["agents.train", "env=nacim"]
