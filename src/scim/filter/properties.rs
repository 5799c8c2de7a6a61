//! Properties of filters.
