"""Sphinx configuration of the gallery; nothing in it reaches for the network."""

project = "EconCS companion"
author = "The EconCS companion authors"
extensions = ["myst_nb", "sphinx_design"]
root_doc = "index"
exclude_patterns = ["_static"]

nb_execution_mode = "off"  # the notebooks are executed already; building must not change a number
nb_merge_streams = True
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence", "attrs_inline"]
myst_heading_anchors = 3

html_theme = "sphinx_book_theme"
html_title = "EconCS companion"
html_static_path = ["_static"]
html_css_files = ["companion.css"]
html_copy_source = False
html_show_sphinx = False
html_assets_policy = "always"  # captions are HTML, in which Sphinx does not see the equations
html_theme_options = {
    "use_fullscreen_button": False,
    "use_download_button": False,
    "home_page_in_toc": True,
    "navbar_persistent": [],  # the sidebar has the search field
}
mathjax_path = "mathjax/tex-svg.js"
