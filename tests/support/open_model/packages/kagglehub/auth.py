"""Who is logged in."""

from kagglehub.config import get_kaggle_credentials


def get_username():
    found = get_kaggle_credentials()
    return found and found.username
