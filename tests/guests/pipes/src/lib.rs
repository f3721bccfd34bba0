//! A component whose resources, streams and futures go in and out: `tests/packages/pipes`.

mod pipes;
use pipes::bindings::exports::witgen::pipes::filter::{Guest, GuestSieve, Sieve, SieveBorrow};
use pipes::bindings::witgen::pipes::tank;
use pipes::bindings::{wit_future, wit_stream};
use wit_bindgen::{FutureReader, StreamReader};

struct Component;

impl Guest for Component {
    type Sieve = Divisor;

    async fn strained_sum(
        from: &tank::Source,
        count: u32,
        through: SieveBorrow<'_>,
        last: FutureReader<u32>,
    ) -> u64 {
        let (numbers, _after) = from.numbers(count);
        let (strained, _others) = strain(through.get::<Divisor>().0, numbers);
        tank::sum(strained, last).await
    }
}

struct Divisor(u32);

impl GuestSieve for Divisor {
    fn new(by: u32) -> Self {
        Divisor(by)
    }

    async fn strain(&self, numbers: StreamReader<u32>) -> (StreamReader<u32>, FutureReader<u32>) {
        strain(self.0, numbers)
    }

    async fn all(sieves: Vec<Sieve>) -> Sieve {
        let divisors = sieves.iter().map(|sieve| sieve.get::<Divisor>().0);
        Sieve::new(Divisor(divisors.product()))
    }

    fn by(&self) -> u32 {
        self.0
    }
}

/// Goes on when the call has returned.
fn strain(by: u32, mut numbers: StreamReader<u32>) -> (StreamReader<u32>, FutureReader<u32>) {
    let (mut strained, result) = wit_stream::new();
    let (others, count) = wit_future::new(|| 0);
    wit_bindgen::spawn_local(async move {
        let mut held_back = 0;
        while let Some(number) = numbers.next().await {
            if number % by != 0 {
                held_back += 1;
            } else if strained.write_one(number).await.is_some() {
                // Nobody reads on.
                break;
            }
        }
        drop(strained);
        // Who doesn't want to know need not.
        let _ = others.write(held_back).await;
    });
    (result, count)
}

pipes::export!(Component);
