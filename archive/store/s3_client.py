"""boto3's client, set up for every kind of S3."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from config.errors import ConfigError
from config.home import StoreConfig

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def s3_client(config: StoreConfig, timeouts: tuple[float, float]) -> S3Client:
    """A client that leaves retries to us. Raises ConfigError when the secret is missing."""
    secret = os.environ.get(config.secret_key_env, "") if config.secret_key_env else ""
    if config.access_key and not secret:
        raise ConfigError(
            "store.access_key is set, its secret is not",
            where="recordwatch.toml, store.secret_key_env",
            todo="name the environment variable that holds the secret key, and set it",
        )
    return boto3.session.Session().client(
        "s3",
        endpoint_url=config.endpoint or None,
        region_name=config.region,
        aws_access_key_id=config.access_key or None,
        aws_secret_access_key=secret or None,
        verify=config.ca_file or None,
        config=Config(
            s3={"addressing_style": "path"},
            # Older services refuse the trailers that boto3 sends over HTTPS by default.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            retries={"total_max_attempts": 1},
            connect_timeout=timeouts[0],
            read_timeout=timeouts[1],
            user_agent_extra="recordwatch",
        ),
    )
