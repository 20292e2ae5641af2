"""The package `neon`: the community's Terraform provider behind the bridge for any provider, `terraform-provider`."""
