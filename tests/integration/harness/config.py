"""The configuration files of a test's httpd: a tiny one of our own, or a copy
of Debian's stock configuration in another ServerRoot."""
import shutil

from . import paths
from .tls import server_certificate

BASE_MODULES = ('authn_core', 'authn_file', 'authz_core', 'authz_host',
                'authz_user', 'auth_basic', 'alias', 'dir', 'env', 'headers',
                'mime', 'rewrite', 'setenvif', 'status')

MPM_SIZES = {
    'event': 'StartServers 2\nServerLimit 8\nThreadsPerChild 25\n'
             'MinSpareThreads 25\nMaxSpareThreads 200\n'
             'MaxRequestWorkers 200\n',
    'worker': 'StartServers 2\nServerLimit 8\nThreadsPerChild 25\n'
              'MinSpareThreads 25\nMaxSpareThreads 200\n'
              'MaxRequestWorkers 200\n',
    'prefork': 'StartServers 4\nMinSpareServers 4\nMaxSpareServers 32\n'
               'MaxRequestWorkers 32\n',
}

# One line per request, tab separated; access_entries() reads it.
ACCESS_FORMAT = r'%P\t%>s\t%B\t%O\t%{Host}i\t%u\t%r'
ACCESS_FIELDS = ('pid', 'status', 'body', 'out', 'host', 'user', 'request')


def location(path, *lines):
    """A <Location> section."""
    return '<Location "{}">\n{}\n</Location>\n'.format(
        path, '\n'.join(lines))


# What most cases configure: rooms without a rate, and an echo.
ROOMS = location('/chat', 'Chat rooms', 'ChatRate off')
ECHO = location('/echo', 'Chat echo')
ONE_CHILD = ('StartServers 1\nServerLimit 1\nThreadsPerChild 25\n'
             'MinSpareThreads 5\nMaxSpareThreads 25\n'
             'MaxRequestWorkers 25\n')


def load(name):
    """The LoadModule line of one of httpd's modules."""
    return f'LoadModule {name}_module {paths.APACHE_MODULES}/mod_{name}.so\n'


def load_chat(root):
    """Our module's lines, with the assets copied to where the server's user
    can read them. A test that is slow is no client that is gone."""
    assets = root / 'assets'
    if paths.ASSETS.is_dir() and not assets.exists():
        shutil.copytree(paths.ASSETS, assets)
        for entry in [assets, *assets.rglob('*')]:
            entry.chmod(0o755 if entry.is_dir() else 0o644)
    return (f'LoadModule chatws_module {paths.MODULE}\n'
            f'ChatAssets "{assets}"\nChatPing 25s 10m\n')


def _tls_vhost(port, docroot, inside):
    certificate, key = server_certificate()
    return (f'Listen 127.0.0.1:{port}\n'
            f'<VirtualHost *:{port}>\n'
            f'ServerName localhost\nDocumentRoot "{docroot}"\n'
            f'SSLEngine on\nSSLCertificateFile "{certificate}"\n'
            f'SSLCertificateKeyFile "{key}"\n{inside}</VirtualHost>\n')


def own_config(root, mpm, port, tls_port, config, vhost_config='',
               modules=(), chat=True, sizes=None):
    """Writes root/httpd.conf and returns its path."""
    docroot = root / 'htdocs'
    text = (f'ServerRoot "{root}"\nPidFile "{root}/httpd.pid"\n'
            f'ServerName localhost\nListen 127.0.0.1:{port}\n'
            f'DefaultRuntimeDir "{root}"\n'
            'KeepAliveTimeout 60\n')   # a test may be slow
    wanted = list(BASE_MODULES) + [m for m in modules
                                   if m not in BASE_MODULES]
    if tls_port:
        wanted += ['socache_shmcb', 'ssl']
    text += load(f'mpm_{mpm}') + ''.join(load(name) for name in wanted)
    text += ('User www-data\nGroup www-data\n'
             f'ErrorLog "{root}/logs/error.log"\nLogLevel info\n'
             f'LogFormat "{ACCESS_FORMAT}" test\n'
             f'CustomLog "{root}/logs/access.log" test\n'
             f'TypesConfig "{root}/mime.types"\n'
             f'DocumentRoot "{docroot}"\nDirectoryIndex index.html\n'
             f'<Directory "{docroot}">\nAllowOverride All\n'
             'Require all granted\n</Directory>\n'
             '<Location "/server-status">\nSetHandler server-status\n'
             '</Location>\n')
    text += MPM_SIZES[mpm] if sizes is None else sizes
    if chat:
        text += load_chat(root)
    text += config + '\n'
    if tls_port:
        text += 'SSLSessionCache "shmcb:ssl_scache(512000)"\n'
        text += _tls_vhost(tls_port, docroot, vhost_config)
    (root / 'mime.types').write_text(
        'text/html html\ntext/plain txt\ntext/javascript js\n'
        'text/css css\nimage/svg+xml svg\napplication/json json\n')
    path = root / 'httpd.conf'
    path.write_text(text)
    return path


def _as_apache2_comes(root):
    """Takes out what other packages have switched on for themselves when they
    were installed: those that some of our tests need."""
    for name in ('security2', 'unique_id', 'mpm_itk', 'mpm_prefork'):
        for end in ('load', 'conf'):
            (root / 'mods-enabled' / f'{name}.{end}').unlink(missing_ok=True)
    if not (root / 'mods-enabled' / 'mpm_event.load').exists():
        _enable(root, 'mpm_event')


def _enable(root, name):
    for end in ('load', 'conf'):
        source = root / 'mods-available' / f'{name}.{end}'
        if source.exists():
            (root / 'mods-enabled' / source.name).symlink_to(source)


def debian_config(root, port, tls_port, config, chat=True):
    """Debian's own files with only the ports, the paths that a second server
    must not share, TLS and our module changed. (path, environment)."""
    shutil.copytree(paths.APACHE_STOCK, root, symlinks=True,
                    dirs_exist_ok=True)
    _as_apache2_comes(root)
    docroot = root / 'htdocs'
    (root / 'ports.conf').write_text(
        f'Listen 127.0.0.1:{port}\nServerName localhost\n')
    site = (root / 'sites-available' / '000-default.conf').read_text()
    site = site.replace('*:80>', f'*:{port}>')
    site = site.replace('/var/www/html', str(docroot))
    enabled = root / 'sites-enabled' / '000-default.conf'
    enabled.unlink()
    enabled.write_text(site)
    if tls_port:
        for name in ('socache_shmcb', 'ssl'):
            _enable(root, name)
        (root / 'sites-enabled' / 'tls.conf').write_text(
            _tls_vhost(tls_port, docroot,
                       'CustomLog ${APACHE_LOG_DIR}/access.log combined\n'))
    main = (root / 'apache2.conf').read_text()
    main = main.replace('<Directory /var/www/>', f'<Directory {docroot}/>')
    if chat:
        main += load_chat(root) + 'LogLevel warn chatws:info\n'
    (root / 'apache2.conf').write_text(main + config + '\n')
    environment = {
        'APACHE_RUN_USER': 'www-data', 'APACHE_RUN_GROUP': 'www-data',
        'APACHE_PID_FILE': str(root / 'httpd.pid'),
        'APACHE_RUN_DIR': str(root / 'run'),
        'APACHE_LOCK_DIR': str(root / 'run'),
        'APACHE_LOG_DIR': str(root / 'logs'), 'LANG': 'C'}
    return root / 'apache2.conf', environment
