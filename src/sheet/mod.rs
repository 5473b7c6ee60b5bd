//! A file becomes rows of text, and rows become a file.
