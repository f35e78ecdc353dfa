//! Wire types to ours and back. Requests are parsed whole: all violations come together and nothing is stored.

mod clearing;
mod fields;
mod institution;
mod transfer;

pub(crate) use self::{
    clearing::{
        Line, PositionsAsked, parse_period, parse_positions, period, positions, render_period,
        render_position,
    },
    institution::{
        institution_event, parse_get_institution, parse_list_institutions, parse_put, render_institution,
    },
    transfer::{
        parse_ask, parse_create, parse_get, parse_list, parse_quote, parse_watch, render_parked,
        render_quote, render_transfer, told,
    },
};
