# Two images, each built with the SDK and run on the ASP.NET runtime as an ordinary user, for every architecture that .NET has:
#   docker build --target server -t objectstore .
#   docker build --target cosi -t objectstore-cosi .
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
COPY . .

FROM build AS build-server
RUN dotnet publish ObjectServer/ObjectServer.csproj -c Release -o /app

FROM build AS build-cosi
RUN dotnet publish Cosi/Cosi.csproj -c Release -o /app

# The COSI driver: talks to the server, needs no storage. Options come from the environment; `--help` lists them.
FROM mcr.microsoft.com/dotnet/aspnet:10.0 AS cosi
RUN groupadd --system --gid 10001 objectstore \
    && useradd --system --uid 10001 --gid 10001 --no-create-home objectstore \
    && mkdir -p /var/lib/cosi && chown objectstore:objectstore /var/lib/cosi
COPY --from=build-cosi /app /app
RUN ln -s /app/objectstore-cosi /usr/local/bin/objectstore-cosi
USER 10001:10001
ENTRYPOINT ["/app/objectstore-cosi"]

# The server, and `objectstore admin`. The last one, so that a build without --target makes it.
FROM mcr.microsoft.com/dotnet/aspnet:10.0 AS server
COPY build/packages.sh /tmp/packages.sh
RUN apt-get update \
    && bash -c 'source /tmp/packages.sh && need_rocksdb && need libzstd1 curl' \
    && rm -rf /var/lib/apt/lists/* /tmp/packages.sh
RUN groupadd --system --gid 10001 objectstore \
    && useradd --system --uid 10001 --gid 10001 --no-create-home objectstore \
    && mkdir /data && chown objectstore:objectstore /data
COPY --from=build-server /app /app
RUN ln -s /app/objectstore /usr/local/bin/objectstore
USER 10001:10001
VOLUME /data
EXPOSE 9000
# Off loopback the server refuses default credentials: pass OBJECTSTORE_ROOT_USER and OBJECTSTORE_ROOT_PASSWORD.
ENV OBJECTSTORE_ADDRESS=:9000 OBJECTSTORE_DRIVES=/data/drive{1...6}
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
    CMD curl -fsSk "http${OBJECTSTORE_TLS_CERTIFICATE:+s}://127.0.0.1:9000/-/health/live" || exit 1
ENTRYPOINT ["/app/objectstore"]
CMD ["serve"]
