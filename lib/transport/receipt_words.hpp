// What a gateway's own words in a receipt mean (D1): Kannel's delivery values with the network's report in
// them, Twilio's states and codes, and the words that the settings describe. Knows no store; office/receipts
// acts on it.
#pragma once

#include <optional>
#include <string_view>

#include "config/settings.hpp"
#include "model/receipt.hpp"
#include "net/url.hpp"

namespace crier::transport {

/// Of the parameters that a gateway of this kind sent; nothing where no state is among them. A state that is
/// not known is `unknown`.
std::optional<Receipt> read_receipt(const config::ChannelSettings& channel,
                                    const net::Parameters& parameters);

/// The first of this name; nothing where there is none.
std::optional<std::string_view> value_of(const net::Parameters& parameters, std::string_view name);

/// The parameters of a JSON document: `/a/0/b` for each value that is no object or list, and `a` too for
/// those at the top; null is left out. Nothing where it is none, or no object.
std::optional<net::Parameters> json_parameters(std::string_view body);

}  // namespace crier::transport
