"""graphite-web's settings for tests/graphite.bats: everything in one directory, nothing from /etc.

GRAPHITE_TEST_DIR is that directory, GRAPHITE_TEST_WHISPER that of Carbon's files, and
GRAPHITE_TEST_CARBONLINK Carbon's query port.
"""
import os

_directory = os.environ["GRAPHITE_TEST_DIR"]

SECRET_KEY = "for tests alone"
TIME_ZONE = "UTC"
LOG_ROTATION = False
CONF_DIR = _directory
STORAGE_DIR = _directory
LOG_DIR = os.path.join(_directory, "log")
INDEX_FILE = os.path.join(_directory, "index")
WHISPER_DIR = os.environ["GRAPHITE_TEST_WHISPER"]
STANDARD_DIRS = [WHISPER_DIR]
CARBONLINK_HOSTS = ["127.0.0.1:" + os.environ["GRAPHITE_TEST_CARBONLINK"]]
CARBONLINK_RETRY_DELAY = 0
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.path.join(_directory, "graphite.db"),
        "OPTIONS": {"timeout": 20},
    }
}
