"""A WordPress for a test: Debian's package with a database of its own and the
plugin of contrib/wordpress, behind an httpd with the chat. All of it listens on
the loopback only and lives in a folder that goes away."""
import contextlib
import os
import secrets
import shutil
import subprocess
from pathlib import Path

from harness import SOURCE, Httpd, wait_until
from harness.paths import free_port

PACKAGE = Path('/usr/share/wordpress')
PLUGIN = SOURCE / 'contrib' / 'wordpress' / 'mod-chatws'
THEMES = Path('/var/lib/wordpress/wp-content/themes')
PASSWORD = 'a long password'
SILENT = ('-d', 'sendmail_path=/bin/true')
CONFIG = '''
DirectoryIndex index.php
ProxyFCGIBackendType GENERIC
<FilesMatch "\\.php$">
    SetHandler "proxy:fcgi://127.0.0.1:%(php)d"
</FilesMatch>
<Directory "@ROOT@/htdocs">
    AllowOverride All
    Options FollowSymLinks
</Directory>
<Location "/chat">
    Chat rooms
    ChatTokenKey "@ROOT@/chat.key"
</Location>
'''
# As WordPress writes it for addresses without "?p=".
HTACCESS = '''
RewriteEngine On
RewriteRule .* - [E=HTTP_AUTHORIZATION:%{HTTP:Authorization}]
RewriteBase /
RewriteRule ^index\\.php$ - [L]
RewriteCond %{REQUEST_FILENAME} !-f
RewriteCond %{REQUEST_FILENAME} !-d
RewriteRule . /index.php [L]
'''
# As wordpress.org's sample has it, for a database on a socket.
SETTINGS = '''<?php
define( 'WP_HOME', 'http://%(host)s' );
define( 'WP_SITEURL', 'http://%(host)s' );
define( 'DB_NAME', 'wordpress' );
define( 'DB_USER', 'root' );
define( 'DB_PASSWORD', '' );
define( 'DB_HOST', 'localhost:%(socket)s' );
define( 'DB_CHARSET', 'utf8mb4' );
define( 'DB_COLLATE', '' );
define( 'AUTH_KEY', '%(secret)s' );
define( 'SECURE_AUTH_KEY', '%(secret)s' );
define( 'LOGGED_IN_KEY', '%(secret)s' );
define( 'NONCE_KEY', '%(secret)s' );
define( 'WP_HTTP_BLOCK_EXTERNAL', true );
define( 'DISABLE_WP_CRON', true );
define( 'AUTOMATIC_UPDATER_DISABLED', true );
define( 'WP_DEBUG', true );
define( 'WP_DEBUG_DISPLAY', false );
define( 'WP_DEBUG_LOG', '%(log)s' );
$table_prefix = 'wp_';
if ( ! defined( 'ABSPATH' ) ) {
    define( 'ABSPATH', __DIR__ . '/' );
}
require_once ABSPATH . 'wp-settings.php';
'''
# What an owner would click. The time of the first user is the install's.
INSTALL = '''
define( 'WP_INSTALLING', true );
$_SERVER['HTTP_HOST'] = '%(host)s';
$_SERVER['REQUEST_METHOD'] = 'GET';
require 'wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
wp_install( 'The bicycle shop', 'ann', 'ann@example.org', true, '',
    '%(password)s' );
'''
SET_UP = '''
$_SERVER['HTTP_HOST'] = '%(host)s';
$_SERVER['REQUEST_METHOD'] = 'GET';
require 'wp-load.php';
require_once ABSPATH . 'wp-admin/includes/plugin.php';
switch_theme( 'twentytwentythree' );
$wrong = activate_plugin( 'mod-chatws/mod-chatws.php' );
if ( is_wp_error( $wrong ) ) {
    exit( $wrong->get_error_message() );
}
wp_update_user( array( 'ID' => 1, 'display_name' => 'Ann Owner' ) );
wp_insert_user( array( 'user_login' => 'ben', 'user_pass' => '%(password)s',
    'user_email' => 'ben@example.org', 'display_name' => 'Ben "B" & Zo\u00eb',
    'role' => 'subscriber' ) );
foreach ( array( 'shortcode' => '[chat_room room="lobby"]',
    'block' => '<!-- wp:mod-chatws/room {"room":"lobby","height":"20rem"} /-->' )
    as $name => $content ) {
    wp_insert_post( array( 'post_type' => 'page', 'post_status' => 'publish',
        'post_name' => $name, 'post_title' => "The $name",
        'post_content' => $content ) );
}
global $wp_rewrite;
$wp_rewrite->set_permalink_structure( '/%%postname%%/' );
flush_rewrite_rules();
'''


def php(folder, code, **values):
    """Runs PHP as the command line has it; its output must be empty."""
    done = subprocess.run(['php', *SILENT, '-d', 'display_errors=stderr',
                           '-r', code % values], cwd=folder, text=True,
                          capture_output=True, timeout=120)
    assert done.returncode == 0 and not done.stdout + done.stderr, \
        done.stdout + done.stderr


@contextlib.contextmanager
def program(*command, **options):
    running = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, **options)
    try:
        yield running
    finally:
        running.terminate()
        running.wait(60)


@contextlib.contextmanager
def database(root):
    """The path of its socket."""
    data, socket = root / 'database', root / 'database.socket'
    data.mkdir()
    as_root = ['--user=root'] if os.geteuid() == 0 else []
    subprocess.run(['mariadb-install-db', '--no-defaults',
                    f'--datadir={data}', '--skip-test-db',
                    '--auth-root-authentication-method=normal', *as_root],
                   check=True, capture_output=True, timeout=120)
    with open(root / 'database.log', 'wb') as log, \
            program('mariadbd', '--no-defaults', f'--datadir={data}',
                    f'--socket={socket}', '--skip-networking',
                    f'--pid-file={root}/database.pid', *as_root, stderr=log):
        wait_until(socket.exists, 60, 'the database')
        subprocess.run(['mariadb', '--no-defaults', f'--socket={socket}',
                        '-uroot', '-e', 'CREATE DATABASE wordpress'],
                       check=True, timeout=60)
        yield socket


class WordPress:
    """A site with the users ann, who owns it, and ben, and with two pages:
    /shortcode/ and /block/."""

    def __init__(self, server, root):
        self.server, self.root = server, root
        self.url = f'http://{server.host()}'

    def run(self, code):
        """Runs PHP within WordPress."""
        php(self.root / 'htdocs', "$_SERVER['HTTP_HOST'] = '%(host)s';"
            "$_SERVER['REQUEST_METHOD'] = 'GET'; require 'wp-load.php';"
            + code.replace('%', '%%'), host=self.server.host())

    def log(self):
        """What PHP complained about; WordPress itself is older than it."""
        path = self.root / 'php.log'
        return [line for line in path.read_text().split('\n')
                if 'mod-chatws' in line] if path.exists() else []


def write_site(server, socket):
    """The files of the site, with the plugin among them."""
    root, site = server.root, server.root / 'htdocs'
    shutil.copytree(PACKAGE, site, dirs_exist_ok=True,
                    ignore=lambda folder, names: {'.htaccess', 'themes'}
                    & set(names))
    shutil.copytree(THEMES / 'twentytwentythree',
                    site / 'wp-content' / 'themes' / 'twentytwentythree')
    shutil.copytree(PLUGIN, site / 'wp-content' / 'plugins' / 'mod-chatws')
    (site / 'index.html').unlink()
    (site / '.htaccess').write_text(HTACCESS)
    (site / 'wp-config.php').write_text(SETTINGS % {
        'host': server.host(), 'socket': socket,
        'secret': secrets.token_hex(32),
        'log': root / 'php.log'})


@contextlib.contextmanager
def wordpress():
    port = free_port()
    server = Httpd(config=CONFIG % {'php': port},
                   modules=('proxy', 'proxy_fcgi', 'rewrite'))
    key = server.root / 'chat.key'
    key.write_text(secrets.token_hex(32) + '\n')
    key.chmod(0o600)
    with database(server.root) as socket, \
            open(server.root / 'php-cgi.log', 'wb') as log, \
            program('php-cgi', *SILENT, '-b', f'127.0.0.1:{port}', stderr=log,
                    env={**os.environ, 'PHP_FCGI_CHILDREN': '4'}):
        with server:
            write_site(server, socket)
            values = {'host': server.host(), 'password': PASSWORD}
            php(server.root / 'htdocs', INSTALL, **values)
            php(server.root / 'htdocs', SET_UP, **values)
            yield WordPress(server, server.root)
