# The server alone: no embedded PostgreSQL or Valkey, no compiler, no pip.

FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_NO_INPUT=1 \
    PIP_ROOT_USER_ACTION=ignore
WORKDIR /build

# What changes least comes first, so that a change of code reuses these layers.
COPY locks/build.txt locks/serve.txt locks/
RUN python -m venv --without-pip /opt/laurels \
 && pip --python /opt/laurels install --require-hashes --only-binary :all: -r locks/serve.txt \
 && pip install --require-hashes --only-binary :all: -r locks/build.txt

COPY pyproject.toml README.md LICENSE ./
COPY clients/python clients/python
COPY server/src server/src
RUN pip wheel --no-index --no-deps --no-build-isolation --wheel-dir wheels ./clients/python . \
 && pip --python /opt/laurels install --no-index --no-deps wheels/*.whl

FROM python:3.13-slim
COPY --from=build /opt/laurels /opt/laurels
ENV PATH=/opt/laurels/bin:$PATH \
    LAURELS_LISTEN=0.0.0.0:50051 \
    LAURELS_METRICS_LISTEN=0.0.0.0:9464
# A number, so that an orchestrator can see that it is not root.
USER 10001:10001
WORKDIR /tmp
EXPOSE 50051 9464
# Begins the drain: calls under way are finished, new ones refused.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --start-interval=1s \
    CMD ["laurels", "health"]
ENTRYPOINT ["laurels"]
CMD ["serve"]
