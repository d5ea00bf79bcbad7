import type { Department } from '#shared/directory/department.ts';
import type { DepartmentId } from '#shared/lib/id.ts';

export interface TreeRow {
  readonly department: Department;
  /** 0 for one without a parent. */
  readonly depth: number;
}

/** Departments under their parents, by name; one whose parent is not there, or that runs in a circle, stands at the top. */
export function treeOf(departments: Iterable<Department>): TreeRow[] {
  const all = [...departments].sort((a, b) => a.name.localeCompare(b.name));
  const known = new Set(all.map(({ id }) => id));
  const childrenOf = new Map<DepartmentId | null, Department[]>();
  for (const department of all) {
    const { parent } = department;
    const above = parent !== null && known.has(parent) ? parent : null;
    childrenOf.set(above, [...(childrenOf.get(above) ?? []), department]);
  }
  const rows: TreeRow[] = [];
  const placed = new Set<DepartmentId>();
  const place = (department: Department, depth: number): void => {
    if (placed.has(department.id)) return;
    placed.add(department.id);
    rows.push({ department, depth });
    for (const child of childrenOf.get(department.id) ?? []) place(child, depth + 1);
  };
  for (const department of childrenOf.get(null) ?? []) place(department, 0);
  for (const department of all) place(department, 0);
  return rows;
}
