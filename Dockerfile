# One image for every service of docker-compose.yml but the database. The base needs the ASP.NET Core runtime 10 and apt.
ARG BASE_IMAGE=mcr.microsoft.com/dotnet/aspnet:10.0
ARG SDK_IMAGE=mcr.microsoft.com/dotnet/sdk:10.0

FROM ${SDK_IMAGE} AS build
WORKDIR /source
COPY . .
RUN for program in ControlPlane NodeActor; do \
      dotnet publish $program -c Release -o /app -p:RunAnalyzers=false -p:EnforceCodeStyleInBuild=false || exit 1; \
    done

FROM ${BASE_IMAGE}
COPY .docker /usr/local/lib/actors
# A base that has them all needs no network.
RUN packages=$(sh /usr/local/lib/actors/packages) && if [ -n "$packages" ]; then \
      apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $packages && rm -rf /var/lib/apt/lists/*; \
    fi
COPY --from=build /app /app
RUN mkdir /app/images && dotnet /app/ControlPlane.dll image demo /app/images/demo.tar
WORKDIR /app
