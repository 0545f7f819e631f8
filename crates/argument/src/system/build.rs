//! Building a system: every rule that a schedule relies on is checked once, here.

use super::{
    Affine, AxisMap, Block, Coord, Factor, GroupId, Inner, Lookup, Operand, OperandCoord, Origin, Public, PublicId,
    RowGroup, Source, SourceId, SourceKind, System, Table, TableId, Tensor, TensorId, Wiring, Zerocheck,
};

/// Most variables of any tensor, view or lookup: indices stay far inside `u32`.
const MAX_NUM_VARS: usize = 28;
/// Most terms of one affine form.
const MAX_TERMS: usize = 1 << 12;

/// Why a system is refused. Found while building; a verifier that builds its own systems never sees one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{part} '{name}': {reason}")]
pub struct SystemError {
    /// Kind of the part.
    pub part: &'static str,
    /// Its name.
    pub name: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

fn refuse(part: &'static str, name: &str, reason: &'static str) -> SystemError {
    SystemError { part, name: name.to_owned(), reason }
}

/// Collects the parts of a [`System`]; [`Self::finish`] checks them.
#[derive(Clone, Debug)]
pub struct SystemBuilder {
    system: System,
}

fn id_of(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

impl SystemBuilder {
    /// A system with rows of at most `2^column_vars` cells. `kind` names the kind of proof in the transcript.
    #[must_use]
    pub fn new(kind: &str, column_vars: usize) -> Self {
        let system = System {
            kind: kind.to_owned(),
            column_vars,
            groups: Vec::new(),
            tensors: Vec::new(),
            sources: Vec::new(),
            publics: Vec::new(),
            tables: Vec::new(),
            lookups: Vec::new(),
            zerochecks: Vec::new(),
        };
        Self { system }
    }

    /// A new group of rows of `2^width_vars` cells.
    pub fn group(&mut self, name: &str, origin: Origin, width_vars: usize) -> GroupId {
        let id = GroupId(id_of(self.system.groups.len()));
        self.system.groups.push(RowGroup { name: name.to_owned(), origin, width_vars });
        id
    }

    /// A new committed tensor of `2^num_vars` cells.
    pub fn tensor(&mut self, name: &str, num_vars: usize, group: GroupId) -> TensorId {
        let id = TensorId(id_of(self.system.tensors.len()));
        self.system.tensors.push(Tensor { name: name.to_owned(), num_vars, group });
        id
    }

    fn source(&mut self, name: &str, num_vars: usize, kind: SourceKind) -> SourceId {
        let id = SourceId(id_of(self.system.sources.len()));
        self.system.sources.push(Source { name: name.to_owned(), num_vars, kind });
        id
    }

    /// Reads a tensor, one coordinate for each of its variables, in a domain of `num_vars` variables.
    pub fn read(&mut self, name: &str, num_vars: usize, tensor: TensorId, coords: Vec<Coord>) -> SourceId {
        self.source(name, num_vars, SourceKind::Read { tensor, coords })
    }

    /// The tensor itself, cell by cell. Asking again gives the same source.
    pub fn whole(&mut self, tensor: TensorId) -> SourceId {
        let Some(Tensor { name, num_vars, .. }) = self.system.tensors.get(tensor.0 as usize).cloned() else {
            return self.read("unknown tensor", 0, tensor, Vec::new());
        };
        let coords: Vec<Coord> = (0..num_vars).map(Coord::Var).collect();
        let kind = SourceKind::Read { tensor, coords };
        let known = self.system.sources.iter().position(|s| s.num_vars == num_vars && s.kind == kind);
        match known {
            Some(index) => SourceId(id_of(index)),
            None => self.source(&name, num_vars, kind),
        }
    }

    /// An inner product over a domain of `num_vars` variables.
    pub fn inner(&mut self, name: &str, num_vars: usize, inner: Inner) -> SourceId {
        self.source(name, num_vars, SourceKind::Inner(inner))
    }

    /// A wired view of a tensor, of `num_vars` variables.
    pub fn wired(&mut self, name: &str, num_vars: usize, tensor: TensorId, wiring: Wiring) -> SourceId {
        self.source(name, num_vars, SourceKind::Wired { tensor, wiring })
    }

    /// A public polynomial.
    pub fn public(&mut self, public: Public) -> PublicId {
        let id = PublicId(id_of(self.system.publics.len()));
        self.system.publics.push(public);
        id
    }

    /// A table of `len` rows with keys from `first_key`; its multiplicities are new tensors of `group`, one for each
    /// power-of-two block.
    pub fn table(&mut self, name: &str, first_key: i64, len: u32, outputs: Vec<Vec<i64>>, group: GroupId) -> TableId {
        let mut blocks = Vec::new();
        let mut first_row = 0;
        for num_vars in (0..u32::BITS).rev() {
            if len >> num_vars & 1 == 1 {
                let multiplicity =
                    self.tensor(&format!("{name}.multiplicity.{}", blocks.len()), num_vars as usize, group);
                blocks.push(Block { first_row, num_vars: num_vars as usize, multiplicity });
                first_row += 1 << num_vars;
            }
        }
        let id = TableId(id_of(self.system.tables.len()));
        self.system.tables.push(Table { name: name.to_owned(), first_key, len, outputs, blocks });
        id
    }

    /// `(key, outputs)` is a row of the table at each of `2^num_vars` cells.
    pub fn lookup(&mut self, name: &str, table: TableId, num_vars: usize, key: Affine, outputs: Vec<Affine>) {
        self.system.lookups.push(Lookup { name: name.to_owned(), table, num_vars, key, outputs });
    }

    /// `Σ A·B = 0` at each of `2^num_vars` cells.
    pub fn zerocheck(&mut self, name: &str, num_vars: usize, products: Vec<(Affine, Affine)>) {
        self.system.zerochecks.push(Zerocheck { name: name.to_owned(), num_vars, products });
    }

    /// The finished system.
    ///
    /// # Errors
    ///
    /// [`SystemError`] names the first part that breaks a rule: identifiers that do not exist, numbers of variables
    /// that do not agree, coordinates read twice or never, tables without rows.
    pub fn finish(self) -> Result<System, SystemError> {
        let system = self.system;
        check_tensors(&system)?;
        for source in &system.sources {
            check_source(&system, source)?;
        }
        for table in &system.tables {
            let whole = table.outputs.iter().all(|o| o.len() == table.len as usize);
            if table.len == 0 || !whole {
                return Err(refuse("table", &table.name, "no rows, or output columns of another length"));
            }
            if table.len > 1 << MAX_NUM_VARS {
                return Err(refuse("table", &table.name, "too many rows"));
            }
        }
        for lookup in &system.lookups {
            let Some(table) = system.tables.get(lookup.table.0 as usize) else {
                return Err(refuse("lookup", &lookup.name, "unknown table"));
            };
            if table.outputs.len() != lookup.outputs.len() {
                return Err(refuse("lookup", &lookup.name, "as many outputs as the table has columns"));
            }
            for form in std::iter::once(&lookup.key).chain(&lookup.outputs) {
                check_affine(&system, "lookup", &lookup.name, lookup.num_vars, form)?;
            }
        }
        for check in &system.zerochecks {
            for (a, b) in &check.products {
                check_affine(&system, "zerocheck", &check.name, check.num_vars, a)?;
                check_affine(&system, "zerocheck", &check.name, check.num_vars, b)?;
            }
        }
        Ok(system)
    }
}

fn check_tensors(system: &System) -> Result<(), SystemError> {
    if system.column_vars > MAX_NUM_VARS {
        return Err(refuse("system", &system.kind, "rows are too wide"));
    }
    for group in &system.groups {
        if group.width_vars > system.column_vars {
            return Err(refuse("group", &group.name, "wider than the system's rows"));
        }
    }
    for tensor in &system.tensors {
        if tensor.num_vars > MAX_NUM_VARS {
            return Err(refuse("tensor", &tensor.name, "too many cells"));
        }
        if system.groups.get(tensor.group.0 as usize).is_none() {
            return Err(refuse("tensor", &tensor.name, "unknown group"));
        }
    }
    for public in &system.publics {
        if public.num_vars() > MAX_NUM_VARS {
            return Err(refuse("public", "polynomial", "too many cells"));
        }
    }
    Ok(())
}

fn check_source(system: &System, source: &Source) -> Result<(), SystemError> {
    let fail = |reason| Err(refuse("source", &source.name, reason));
    let tensor_vars = |id: TensorId| system.tensors.get(id.0 as usize).map(|t| t.num_vars);
    if source.num_vars > MAX_NUM_VARS {
        return fail("too many cells");
    }
    match &source.kind {
        SourceKind::Read { tensor, coords } => {
            if tensor_vars(*tensor) != Some(coords.len()) {
                return fail("one coordinate for each variable of an existing tensor");
            }
            let vars: Vec<usize> =
                coords.iter().filter_map(|c| if let Coord::Var(i) = c { Some(*i) } else { None }).collect();
            if !distinct_below(&vars, source.num_vars) {
                return fail("a coordinate is out of range or read twice");
            }
        }
        SourceKind::Wired { tensor, wiring } => {
            let Some(n) = tensor_vars(*tensor) else { return fail("unknown tensor") };
            check_wiring(source, n, wiring)?;
        }
        SourceKind::Inner(inner) => check_inner(system, source, inner)?,
    }
    Ok(())
}

fn distinct_below(indices: &[usize], bound: usize) -> bool {
    let mut seen = vec![false; bound];
    indices.iter().all(|&i| seen.get_mut(i).is_some_and(|s| !std::mem::replace(s, true)))
}

fn check_wiring(source: &Source, tensor_vars: usize, wiring: &Wiring) -> Result<(), SystemError> {
    let fail = |reason| Err(refuse("source", &source.name, reason));
    let view: Vec<usize> = wiring.factors.iter().flat_map(|f| f.view.iter().copied()).collect();
    let tensor: Vec<usize> = wiring.factors.iter().flat_map(|f| f.tensor.iter().copied()).collect();
    if view.len() != source.num_vars || !distinct_below(&view, source.num_vars) {
        return fail("the factors must name every variable of the view once");
    }
    if tensor.len() != tensor_vars || !distinct_below(&tensor, tensor_vars) {
        return fail("the factors must name every variable of the tensor once");
    }
    for Factor { view, tensor, map } in &wiring.factors {
        match map {
            AxisMap::Identity if view.len() != tensor.len() => return fail("an identity between unequal axes"),
            AxisMap::Identity => {}
            AxisMap::Sparse(entries) => {
                let inside =
                    |e: &super::Entry| u64::from(e.view) >> view.len() == 0 && u64::from(e.tensor) >> tensor.len() == 0;
                if !entries.iter().all(inside) {
                    return fail("a wiring entry is out of range");
                }
            }
        }
    }
    Ok(())
}

fn check_inner(system: &System, source: &Source, inner: &Inner) -> Result<(), SystemError> {
    let fail = |reason| Err(refuse("source", &source.name, reason));
    if inner.summed > MAX_NUM_VARS || !distinct_below(&inner.shared, source.num_vars) {
        return fail("shared or summed variables are out of range");
    }
    let mut covered = vec![false; source.num_vars];
    for Operand { source: id, coords } in [&inner.left, &inner.right] {
        let Some(of) = system.sources.get(id.0 as usize) else { return fail("unknown operand") };
        if matches!(of.kind, SourceKind::Inner(_)) {
            return fail("an inner product of inner products: commit to the inner one first");
        }
        if of.num_vars != coords.len() {
            return fail("one coordinate for each variable of an operand");
        }
        let (mut out, mut summed, mut shared) = (Vec::new(), Vec::new(), Vec::new());
        for coord in coords {
            match coord {
                OperandCoord::Out(i) => out.push(*i),
                OperandCoord::Summed(i) => summed.push(*i),
                OperandCoord::Shared(i) => shared.push(*i),
            }
        }
        let all_shared = shared.len() == inner.shared.len() && distinct_below(&shared, inner.shared.len());
        if !distinct_below(&out, source.num_vars) || !distinct_below(&summed, inner.summed) || !all_shared {
            return fail("an operand reads a variable twice or out of range, or misses a shared one");
        }
        if summed.len() != inner.summed || out.iter().any(|i| inner.shared.contains(i)) {
            return fail("each operand reads every summed variable, and no shared variable as its own");
        }
        for i in out.iter().chain(&inner.shared) {
            if let Some(c) = covered.get_mut(*i) {
                *c = true;
            }
        }
    }
    if covered.iter().any(|c| !c) {
        return fail("a variable of the product is read by no operand");
    }
    Ok(())
}

fn check_affine(
    system: &System,
    part: &'static str,
    name: &str,
    num_vars: usize,
    form: &Affine,
) -> Result<(), SystemError> {
    let fail = |reason| Err(refuse(part, name, reason));
    if form.terms.len() + form.publics.len() > MAX_TERMS || form.denominator_bits > 62 || num_vars > MAX_NUM_VARS {
        return fail("too many terms, cells or denominator bits");
    }
    if form.constant.unsigned_abs() >> 100 != 0 {
        return fail("the constant is too large");
    }
    for (_, id) in &form.terms {
        if system.sources.get(id.0 as usize).is_none_or(|s| s.num_vars != num_vars) {
            return fail("a source does not exist or has another number of variables");
        }
    }
    for (_, id) in &form.publics {
        if system.publics.get(id.0 as usize).is_none_or(|p| p.num_vars() != num_vars) {
            return fail("a public polynomial does not exist or has another number of variables");
        }
    }
    Ok(())
}
