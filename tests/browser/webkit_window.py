#!/usr/bin/python3
"""A window of WebKitGTK that WebKitWebDriver drives.  Started by it, with the
arguments of webkit.py: a folder for the profile and the reader's language.

Beside WebDriver it obeys who connects to the socket `control` in that folder:
a JSON list in a line, answered by a line of JSON.
    ["add", SOURCE]     a script for every page, before its own; a number
    ["remove", NUMBER]
    ["dark", BOOLEAN]   what the reader's system wants
    ["motion", BOOLEAN]
    ["scripts", BOOLEAN] whether pages may run scripts of their own
The pages' consoles are written to the file `console`."""
import json
import os
import socket
import sys
from pathlib import Path

import gi

gi.require_version('Gtk', '3.0')
gi.require_version('WebKit2', '4.1')

from gi.repository import GLib, Gtk, WebKit2  # noqa: E402

SIZE = (1280, 800)


class Reader:
    """All windows of one person."""

    def __init__(self, folder, language):
        self._folder = folder
        data = WebKit2.WebsiteDataManager(
            base_data_directory=str(folder / 'data'),
            base_cache_directory=str(folder / 'cache'))
        data.set_tls_errors_policy(WebKit2.TLSErrorsPolicy.IGNORE)
        self._context = WebKit2.WebContext.new_with_website_data_manager(data)
        self._context.set_preferred_languages([language])
        self._context.set_automation_allowed(True)
        self._context.connect('automation-started', self._begin)
        self._context.connect('download-started', self._download)
        self._settings = WebKit2.Settings()
        self._settings.set_enable_write_console_messages_to_stdout(True)
        self._content = WebKit2.UserContentManager()
        self._scripts = []

    def _begin(self, context, session):
        info = WebKit2.ApplicationInfo()
        info.set_name('webkit_window')
        session.set_application_info(info)
        session.connect('create-web-view', self._create)

    def _create(self, session):
        view = WebKit2.WebView(
            web_context=self._context, is_controlled_by_automation=True,
            settings=self._settings, user_content_manager=self._content)
        window = Gtk.Window()
        window.set_decorated(False)
        window.set_default_size(*SIZE)
        # Each of this reader's windows is looked at, as far as it can tell.
        window.connect('focus-out-event', lambda window, event: True)
        window.add(view)
        view.connect('close', lambda view: window.destroy())
        window.show_all()
        view.grab_focus()
        # There is no window manager who would give the focus to a window.
        window.get_window().focus(0)
        return view

    def _download(self, context, download):
        download.connect('decide-destination', self._place)

    def _place(self, download, name):
        download.set_destination(
            (self._folder / 'downloads' / name).as_uri())
        return True

    def obey(self, word, value):
        desktop = Gtk.Settings.get_default()
        if word == 'add':
            script = WebKit2.UserScript.new(
                value, WebKit2.UserContentInjectedFrames.ALL_FRAMES,
                WebKit2.UserScriptInjectionTime.START, None, None)
            self._content.add_script(script)
            self._scripts.append(script)
            return len(self._scripts) - 1
        if word == 'remove':
            self._content.remove_script(self._scripts[value])
        if word == 'dark':
            desktop.set_property('gtk-application-prefer-dark-theme', value)
        if word == 'motion':
            desktop.set_property('gtk-enable-animations', value)
        if word == 'scripts':
            self._settings.set_enable_javascript_markup(value)
        return None


def listen(folder, reader, loop):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(folder / 'control'))
    listener.listen()

    def accept(source, condition):
        line = listener.accept()[0]
        GLib.io_add_watch(line.fileno(), GLib.PRIORITY_DEFAULT,
                          GLib.IOCondition.IN | GLib.IOCondition.HUP,
                          answer, line, line.makefile())
        return True

    def answer(source, condition, line, words):
        words = words.readline()
        if not words:               # nobody is there any more
            loop.quit()
            return False
        told = reader.obey(*json.loads(words))
        line.sendall(json.dumps(told).encode() + b'\n')
        return True

    GLib.io_add_watch(listener.fileno(), GLib.PRIORITY_DEFAULT,
                      GLib.IOCondition.IN, accept)


def main():
    folder = Path(sys.argv[1])
    console = os.open(folder / 'console', os.O_WRONLY | os.O_CREAT
                      | os.O_APPEND, 0o600)
    os.dup2(console, 1)
    os.dup2(console, 2)
    loop = GLib.MainLoop()
    listen(folder, Reader(folder, sys.argv[2]), loop)
    loop.run()


if __name__ == '__main__':
    main()
