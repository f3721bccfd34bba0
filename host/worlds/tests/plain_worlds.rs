//! Plain host glue at work: resources, streams and futures that go both ways between a component and its host.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use pretty_assertions::assert_eq;
use testkit_serve::component;
use wasmtime::component::{
    Access, Accessor, Component, FutureReader, HasSelf, Lift, Linker, Resource, Source,
    StreamConsumer, StreamReader, StreamResult,
};
use wasmtime::{Engine, Store, StoreContextMut};
use witgen_worlds::pipes::{self, tank};

/// What the host keeps of the component's: sources, by their numbers.
#[derive(Default)]
struct State {
    sources: BTreeMap<u32, u32>,
    made: u32,
}

impl tank::Host for State {}

impl tank::HostSource for State {
    async fn new(&mut self, first: u32) -> wasmtime::Result<Resource<tank::Source>> {
        self.made += 1;
        self.sources.insert(self.made, first);
        Ok(Resource::new_own(self.made))
    }

    async fn drop(&mut self, source: Resource<tank::Source>) -> wasmtime::Result<()> {
        self.sources.remove(&source.rep()).expect("it is dropped once");
        Ok(())
    }
}

impl tank::HostSourceWithStore<State> for HasSelf<State> {
    fn numbers(
        mut host: Access<State, Self>,
        source: Resource<tank::Source>,
        count: u32,
    ) -> wasmtime::Result<(StreamReader<u32>, FutureReader<u32>)> {
        let first = host.get().sources[&source.rep()];
        let numbers: Vec<u32> = (first..first + count).collect();
        let numbers = StreamReader::new(&mut host, numbers)?;
        let after =
            FutureReader::new(&mut host, async move { wasmtime::error::Ok(first + count) })?;
        Ok((numbers, after))
    }
}

impl tank::HostWithStore<State> for HasSelf<State> {
    async fn sum(
        accessor: &Accessor<State, Self>,
        numbers: StreamReader<u32>,
        last: FutureReader<u32>,
    ) -> wasmtime::Result<u64> {
        let numbers = all_of(accessor, numbers).await?;
        let last = value_of(accessor, last).await?;
        let numbers = numbers.iter().copied().map(u64::from);
        Ok(numbers.sum::<u64>() + u64::from(last))
    }
}

/// Takes what comes out of a stream, until that ends.
struct Collect<T> {
    taken: Arc<Mutex<Vec<T>>>,
    /// Dropped at the end.
    _end: tokio::sync::oneshot::Sender<()>,
}

impl<T: Lift + Send + 'static, D> StreamConsumer<D> for Collect<T> {
    type Item = T;

    fn poll_consume(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        store: StoreContextMut<D>,
        mut source: Source<'_, T>,
        _: bool,
    ) -> Poll<wasmtime::Result<StreamResult>> {
        let mut taken = Vec::with_capacity(3);
        source.read(store, &mut taken)?;
        self.taken.lock().unwrap().append(&mut taken);
        Poll::Ready(Ok(StreamResult::Completed))
    }
}

async fn all_of<T: Lift + Send + Sync + 'static>(
    accessor: &Accessor<State, impl wasmtime::component::HasData>,
    stream: StreamReader<T>,
) -> wasmtime::Result<Vec<T>> {
    let taken = Arc::<Mutex<Vec<T>>>::default();
    let (sender, end) = tokio::sync::oneshot::channel();
    let collect = Collect {
        taken: taken.clone(),
        _end: sender,
    };
    accessor.with(|store| stream.pipe(store, collect))?;
    let _ = end.await;
    Ok(std::mem::take(&mut *taken.lock().unwrap()))
}

/// Takes what a future gives.
struct Value<T>(Option<tokio::sync::oneshot::Sender<T>>);

impl<T: Lift + Send + 'static, D> wasmtime::component::FutureConsumer<D> for Value<T> {
    type Item = T;

    fn poll_consume(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        store: StoreContextMut<D>,
        mut source: Source<'_, T>,
        _: bool,
    ) -> Poll<wasmtime::Result<()>> {
        let mut value = None;
        source.read(store, &mut value)?;
        let sender = self.0.take().expect("it comes once");
        let _ = sender.send(value.expect("it is there"));
        Poll::Ready(Ok(()))
    }
}

async fn value_of<T: Lift + Send + Sync + 'static>(
    accessor: &Accessor<State, impl wasmtime::component::HasData>,
    future: FutureReader<T>,
) -> wasmtime::Result<T> {
    let (sender, value) = tokio::sync::oneshot::channel();
    accessor.with(|store| future.pipe(store, Value(Some(sender))))?;
    Ok(value.await?)
}

async fn instantiated() -> (Store<State>, pipes::Pipes) {
    let engine = Engine::default();
    let mut linker = Linker::new(&engine);
    pipes::add_to_linker(&mut linker).unwrap();
    let component = Component::new(&engine, component("pipes")).unwrap();
    let mut store = Store::new(&engine, State::default());
    let component = pipes::Pipes::instantiate_async(&mut store, &component, &linker).await;
    (store, component.unwrap())
}

#[tokio::test]
async fn a_components_resource_takes_a_stream_and_gives_one_and_a_future() {
    let (mut store, component) = instantiated().await;
    let filter = component.witgen_pipes_filter();
    let strained = store.run_concurrent(async |accessor| -> wasmtime::Result<_> {
        let sieve = filter.sieve();
        let three = sieve.call_constructor(accessor, 3).await?;
        let numbers: Vec<u32> = (1..=1000).collect();
        let numbers = accessor.with(|store| StreamReader::new(store, numbers))?;
        let (strained, others) = sieve.call_strain(accessor, three, numbers).await?;
        let strained = all_of(accessor, strained).await?;
        Ok((strained, value_of(accessor, others).await?))
    });
    let (strained, others) = strained.await.unwrap().unwrap();
    let expected: Vec<u32> = (1..=333).map(|n| 3 * n).collect();
    assert_eq!(strained, expected);
    assert_eq!(others, 667);
}

#[tokio::test]
async fn a_hosts_resource_is_lent_and_its_stream_comes_back_through_the_component() {
    let (mut store, component) = instantiated().await;
    let filter = component.witgen_pipes_filter();
    store.data_mut().sources.insert(7, 100);
    let sum = store.run_concurrent(async |accessor| -> wasmtime::Result<_> {
        let ten = filter.sieve().call_constructor(accessor, 10).await?;
        let last =
            accessor.with(|store| FutureReader::new(store, async { wasmtime::error::Ok(5) }))?;
        let source = Resource::new_borrow(7);
        filter.call_strained_sum(accessor, source, 100, ten, last).await
    });
    // 100 to 199, by tens.
    assert_eq!(
        sum.await.unwrap().unwrap(),
        (100..200).step_by(10).sum::<u64>() + 5
    );
    // It was lent, and not given.
    assert_eq!(store.data().sources.len(), 1);
}

#[tokio::test]
async fn a_components_resources_are_given_and_given_back() {
    let (mut store, component) = instantiated().await;
    let filter = component.witgen_pipes_filter();
    let by = store.run_concurrent(async |accessor| -> wasmtime::Result<_> {
        let sieve = filter.sieve();
        let mut all = Vec::new();
        for by in [2, 3, 7] {
            all.push(sieve.call_constructor(accessor, by).await?);
        }
        let one = sieve.call_all(accessor, all).await?;
        sieve.call_by(accessor, one).await
    });
    assert_eq!(by.await.unwrap().unwrap(), 42);
}

#[tokio::test]
async fn a_reader_that_goes_away_ends_the_writer() {
    let (mut store, component) = instantiated().await;
    let filter = component.witgen_pipes_filter();
    let others = store.run_concurrent(async |accessor| -> wasmtime::Result<_> {
        let sieve = filter.sieve();
        let two = sieve.call_constructor(accessor, 2).await?;
        let numbers: Vec<u32> = (1..=1000).collect();
        let numbers = accessor.with(|store| StreamReader::new(store, numbers))?;
        let (mut strained, others) = sieve.call_strain(accessor, two, numbers).await?;
        accessor.with(|store| strained.close(store))?;
        value_of(accessor, others).await
    });
    // 1, before it could have given 2.
    assert_eq!(others.await.unwrap().unwrap(), 1);
}

#[test]
fn worlds_share_types_that_derive_what_their_author_asked_for() {
    use std::collections::HashSet;
    use witgen_worlds::billing::bindings::shop::rates::rates::{Discount, Price};
    use witgen_worlds::rating::bindings::shop::rates::types::{self, Currency};

    let price = |amount| Price {
        amount,
        currency: Currency::Euro,
    };
    let prices: HashSet<types::Price> = [price(1), price(1), price(2)].into();
    assert_eq!(prices.len(), 2);
    assert!(Discount::Minus(price(1)) == types::Discount::Minus(price(1)));
}
