//! A component of two worlds that share types, some of which derive more than wit-bindgen gives them.

mod pricing;
mod shipping;
use std::collections::HashSet;

use shipping::types::{Currency, Delivery, Order, Price};

struct Orders;

impl pricing::Guest for Orders {
    fn total(prices: Vec<String>) -> u32 {
        let distinct: HashSet<Price> = prices
            .iter()
            .filter_map(|price| price.parse().ok())
            .map(|amount| Price {
                amount,
                ..Price::default()
            })
            .collect();
        // One world's function takes what the other world's types are.
        distinct
            .into_iter()
            .map(|price| pricing::rates::convert(price, Currency::Dollar).amount)
            .sum()
    }
}

impl shipping::Guest for Orders {
    fn weight() -> u32 {
        let order = Order {
            lines: Vec::new(),
            price: Price::default(),
            delivery: Delivery::PickUp,
            deposit: None,
        };
        u32::from(order == order.clone())
    }
}

pricing::export!(Orders);
shipping::export!(Orders);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_have_the_traits_and_attributes_that_their_author_asked_for() {
        assert_eq!(Price::default().currency, Currency::Euro);
        let parcel = || Delivery::Parcel("a".into());
        assert!(parcel() == parcel() && parcel() != Delivery::PickUp);
    }
}
